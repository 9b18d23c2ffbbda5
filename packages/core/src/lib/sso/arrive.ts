import { constantTimeEqual, utf8 } from "../base/bytes.js";
import type { Background } from "../base/ports.js";
import type { FlowParts } from "../flow/flow-parts.js";
import { failLogin } from "../flow/login-failure.js";
import { safeReturnTo } from "../flow/return-to.js";
import { countRound } from "../flow/rounds.js";
import { redirect } from "../flow/route-answers.js";
import { spendOnce } from "../session/ledger-client.js";
import { ledgerName } from "../session/ledger-name.js";
import type { Session } from "../session/session.js";
import { takeOver } from "../session/take-over.js";
import type { Destination } from "./ask-hub.js";
import { type Asking, type OpenedAsking, openAsking } from "./asking-cookie.js";
import { forgetAsking, markedPath, rememberAsking, rememberOutage } from "./asking-marks.js";
import { challengeOf, openTicket, TICKET_SECONDS, type Ticket } from "./ticket.js";

/** A spent ticket is remembered longer than the slowest clock takes it for good. */
const SPENT_SECONDS = TICKET_SECONDS + 120;

/** The browser on its way back from the hub. */
interface Arrival {
  readonly request: Request;
  readonly background: Background | undefined;
  readonly returnTo: string;
  /** Set-Cookie lines that end the asking. */
  readonly cookies: readonly string[];
  readonly silent: boolean;
}

/**
 * `GET <prefix>/sso/callback` on a destination. Whose browser it is and whom the ticket is for is settled before it is spent:
 * nobody can use up the ticket of somebody else.
 */
export async function arrive(
  destination: Destination,
  parts: FlowParts,
  request: Request,
  background: Background | undefined,
): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const text = query.get("ticket");
  const realm = destination.realmOf(parts.realm, request);
  const opened = await openAsking(parts, request, realm, query.get("state") ?? "");
  if (text === null) return withoutTicket(destination, parts, opened, { request, background });
  if (!opened.ok) return withoutAsking(parts, opened, { request, background });
  const { asking, cookies } = opened;
  const arrival: Arrival = { request, background, ...asking, cookies };
  const { keyring, runtime } = parts;
  const origin = new URL(request.url).origin;
  const ticket = await openTicket(text, { keyring, origin, realm: parts.realm, now: runtime.now() });
  if (ticket === null || !(await isAnswerTo(ticket, asking))) {
    return failLogin(parts, { ...arrival, reason: "ticket_rejected" });
  }
  return redeem(destination, parts, arrival, ticket);
}

async function isAnswerTo(ticket: Ticket, { secret }: Asking): Promise<boolean> {
  return constantTimeEqual(utf8(ticket.challenge), utf8(await challengeOf(secret)));
}

async function redeem(
  destination: Destination,
  parts: FlowParts,
  arrival: Arrival,
  { id, session }: Ticket,
): Promise<Response> {
  const { ledger, realm, runtime } = parts;
  const { request, background, returnTo, cookies, silent } = arrival;
  const spend = async () => spendOnce(ledger, await ledgerName(realm, `ticket ${id}`), runtime.now() + SPENT_SECONDS);
  const taken = await parts.sessions.inRoom((room) => takeOver(room, request, { session, spend }, background));
  if (taken.ok) {
    await tell(parts, taken.session, arrival);
    return redirect(303, returnTo, [...taken.cookies, ...cookies, forgetAsking(), countRound(request)]);
  }
  const { reason } = taken;
  if (reason === "ticket_used") return failLogin(parts, { ...arrival, reason });
  if (silent) {
    // Nobody asked for this sign-in: whoever reads the page is not kept from it by what became of it.
    const isOutage = reason === "ledger_unreachable";
    parts.emit(
      { type: isOutage ? reason : "login_failure", reason: "ticket_rejected", detail: reason },
      background,
      request,
    );
    const mark = (isOutage ? rememberOutage : rememberAsking)(destination.askAgainSeconds);
    return redirect(303, returnTo, [...cookies, mark]);
  }
  if (reason === "session_too_large") return failLogin(parts, { ...arrival, reason });
  const why = reason === "ledger_unreachable" ? "provider_unreachable" : "ticket_rejected";
  return failLogin(parts, { ...arrival, reason: why, detail: reason });
}

/** The hub says that nobody is there, or that it cannot say. */
function withoutTicket(
  { askAgainSeconds }: Destination,
  parts: FlowParts,
  opened: OpenedAsking,
  { request, background }: Pick<Arrival, "request" | "background">,
): Response | Promise<Response> {
  const query = new URL(request.url).searchParams;
  const { cookies } = opened;
  const isOutage = query.get("error") === "temporarily_unavailable";
  if (opened.ok && opened.asking.silent) {
    const mark = (isOutage ? rememberOutage : rememberAsking)(askAgainSeconds);
    return redirect(303, opened.asking.returnTo, [...cookies, mark]);
  }
  if (opened.ok) {
    const reason = isOutage ? "provider_unreachable" : "callback_malformed";
    return failLogin(parts, { reason, request, background, returnTo: opened.asking.returnTo, cookies });
  }
  return withoutAsking(parts, opened, { request, background });
}

/** A browser that keeps no cookie still gets its page, under an address that says that it was asked. */
function withoutAsking(
  parts: FlowParts,
  { reason, cookies }: Extract<OpenedAsking, { ok: false }>,
  { request, background }: Pick<Arrival, "request" | "background">,
): Response | Promise<Response> {
  const path = safeReturnTo(new URL(request.url).searchParams.get("path") ?? "", request.url);
  if (path !== null) return redirect(303, markedPath(path), cookies);
  return failLogin(parts, { reason, request, background, cookies });
}

async function tell(parts: FlowParts, session: Session, { request, background }: Arrival): Promise<void> {
  const { user, organizationId, sessionId } = session;
  parts.emit(
    {
      type: "ticket_redeemed",
      userId: user.id,
      ...(organizationId !== undefined && { organizationId }),
      sessionId: await ledgerName(parts.realm, sessionId),
    },
    background,
    request,
  );
}
