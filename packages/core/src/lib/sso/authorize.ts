import { isAuthError } from "../base/errors.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import type { FlowParts } from "../flow/flow-parts.js";
import { isPrefetch, notNow } from "../flow/login.js";
import { failLogin } from "../flow/login-failure.js";
import { refuseAndTell } from "../flow/refuse-and-tell.js";
import { redirect } from "../flow/route-answers.js";
import { isRecent } from "../identity/requirement.js";
import { handOver } from "../session/hand-over.js";
import { ledgerName } from "../session/ledger-name.js";
import type { Authenticated } from "../session/request-auth.js";
import type { Session } from "../session/session.js";
import type { KnowsDestination } from "./destinations.js";
import { CALLBACK, type Question, questionUrl, readQuestion } from "./question.js";
import { sealTicket } from "./ticket.js";
import { isTopLevel } from "./top-level.js";

/** `GET <prefix>/sso/authorize` on the hub: a ticket for whoever is signed in here, and the way to sign in for others. */
export async function authorize(
  knows: KnowsDestination,
  parts: FlowParts,
  request: Request,
  background: Background | undefined,
): Promise<Response> {
  if (isPrefetch(request)) return notNow();
  const question = readQuestion(request);
  if (question === null || !isTopLevel(request)) return refuseAndTell(parts, "invalid_request", request, background);
  // Before anything is known of the visitor: no answer of ours goes anywhere else, nor says whether they are signed in.
  const isKnown = await knows(question.to);
  if (isKnown === null) return unavailable(parts, request, background);
  if (!isKnown) return failLogin(parts, { reason: "audience_unknown", request, background });

  const { visitor, session } = await parts.sessions.inRoom((room) => handOver(room, request, background));
  if (session !== null && isWhatWasAsked(parts, question, visitor)) {
    return visitor.apply(await trySendingTicket(parts, question, session, { request, background }));
  }
  if (visitor.state === "unavailable" && !question.silent) return visitor.deny();
  if (!question.silent) return visitor.apply(signInHere(parts, request, question));
  const error = visitor.state === "unavailable" ? "temporarily_unavailable" : "login_required";
  return visitor.apply(sendBack(parts, question, { error, ...pathOf(question) }));
}

/** For a browser that keeps no cookie of the destination: it comes back without anything that says where it was. */
function pathOf({ path }: Question): { readonly path?: string } {
  return path === undefined ? {} : { path };
}

/** A sign-in of before that is good enough for what the destination wants. */
function isWhatWasAsked({ runtime }: FlowParts, { silent, login }: Question, visitor: Authenticated): boolean {
  if (silent) return true;
  const { organizationId, maxAgeSeconds } = login;
  if (organizationId !== undefined && organizationId !== visitor.organizationId) return false;
  return maxAgeSeconds === undefined || isRecent(visitor.claims.auth_time, runtime.now(), maxAgeSeconds);
}

interface Asked {
  readonly request: Request;
  readonly background: Background | undefined;
}

/** A session that lies in a store here may be larger than an address, and than the cookies of a destination. */
async function trySendingTicket(
  parts: FlowParts,
  question: Question,
  session: Session,
  asked: Asked,
): Promise<Response> {
  try {
    return await sendTicket(parts, question, session, asked);
  } catch (error) {
    if (!isAuthError(error, "payload_too_large")) throw error;
    const reason = "session_too_large";
    if (!question.silent) return failLogin(parts, { ...asked, reason });
    parts.emit({ type: reason, userId: session.user.id, reason: question.to }, asked.background, asked.request);
    return sendBack(parts, question, { error: reason, ...pathOf(question) });
  }
}

async function sendTicket(
  parts: FlowParts,
  question: Question,
  session: Session,
  { request, background }: Asked,
): Promise<Response> {
  const { keyring, realm, runtime } = parts;
  const { to: origin, challenge } = question;
  const ticket = await sealTicket({ challenge, session }, { keyring, origin, realm, now: runtime.now() });
  const { user, organizationId } = session;
  parts.emit(
    {
      type: "ticket_issued",
      userId: user.id,
      ...(organizationId !== undefined && { organizationId }),
      sessionId: await ledgerName(realm, session.sessionId),
      reason: origin,
    },
    background,
    request,
  );
  return sendBack(parts, question, { ticket, ...pathOf(question) });
}

/** To an origin that is registered, and to one path of it. */
function sendBack(
  { routePrefix }: FlowParts,
  { to, state }: Question,
  answer: Readonly<Record<string, string>>,
): Response {
  const url = new URL(routePrefix + CALLBACK, to);
  for (const [name, value] of Object.entries({ state, ...answer })) url.searchParams.set(name, value);
  return redirect(303, url.href);
}

/** What the sign-in is to be like is asked of it once; whoever comes back from it is sent on whatever it brought. */
function signInHere({ routePrefix }: FlowParts, request: Request, question: Question): Response {
  const { pathname, search } = new URL(questionUrl(request.url, { routePrefix }, { ...question, login: {} }));
  const query = new URLSearchParams({ returnTo: pathname + search });
  for (const [name, value] of Object.entries(question.login)) query.set(name, String(value));
  return redirect(302, `${routePrefix}/login?${query}`);
}

function unavailable({ emit }: FlowParts, request: Request, background: Background | undefined): Response {
  emit({ type: "store_unreachable", reason: "destinations" }, background, request);
  return failureAnswer("store_unreachable", {}, { "Retry-After": "5" });
}
