import { jsonAnswer } from "../base/answers.js";
import type { Background } from "../base/ports.js";
import { settled } from "./ask-provider.js";
import { deleteFlowCookies } from "./flow-cookies.js";
import type { FlowParts } from "./flow-parts.js";
import { deletePending } from "./pending.js";
import { readBody } from "./read-body.js";
import { refuseAndTell } from "./refuse-and-tell.js";
import { isFormNavigation } from "./request-kind.js";
import { safeReturnTo } from "./return-to.js";
import { forgetRounds } from "./rounds.js";
import { redirect, withCookies } from "./route-answers.js";

export interface LogoutOptions {
  /** A path of the own origin, to which the provider sends the browser back. Absent: the provider's own choice. */
  readonly returnTo?: string;
}

/**
 * Ends the session here and everywhere, in whatever state it is: our own cookies are gone even when nothing else works.
 * A form or a navigation is sent on to the provider's logout page, a program is told its URL.
 */
export async function logout(
  parts: FlowParts,
  request: Request,
  options: LogoutOptions = {},
  background?: Background,
): Promise<Response> {
  const ended = await parts.sessions.end(request, background);
  const { sid, userId, organizationId, name } = ended;
  if (name !== undefined) {
    const about = { ...(userId !== undefined && { userId }), ...(organizationId !== undefined && { organizationId }) };
    parts.emit({ type: "logout", sessionId: name, ...about }, background, request);
  }
  const returnTo =
    options.returnTo === undefined ? undefined : returnPath(parts, request, options.returnTo, background);
  // A provider sends nobody back to an address it does not know, and it knows those of the hub.
  const isElsewhere = parts.signOn?.isDestination(request) ?? false;
  const logoutUrl = await providerLogoutUrl(parts, request, sid, isElsewhere ? undefined : returnTo);
  const cookies = [
    ...ended.cookies,
    ...deleteFlowCookies(request),
    ...deletePending(request),
    ...forgetRounds(request),
  ];
  if (isFormNavigation(request)) return redirect(303, logoutUrl ?? returnTo ?? "/", cookies);
  return withCookies(jsonAnswer(200, { logoutUrl }), cookies);
}

/** `POST <prefix>/logout`, with `returnTo` in the query, a form or JSON. A body of another kind is not read. */
export async function logoutRoute(parts: FlowParts, request: Request, background?: Background): Promise<Response> {
  const hasBody = request.body !== null && request.headers.has("Content-Type");
  const fields = hasBody ? await readBody(request) : null;
  if (hasBody && fields === null) return refuseAndTell(parts, "invalid_request", request, background);
  const returnTo = fields?.get("returnTo") ?? new URL(request.url).searchParams.get("returnTo") ?? undefined;
  return logout(parts, request, returnTo === undefined ? {} : { returnTo }, background);
}

function returnPath(parts: FlowParts, request: Request, asked: string, background?: Background): string {
  const path = safeReturnTo(asked, request.url);
  if (path === null) parts.emit({ type: "return_to_rejected" }, background, request);
  return path ?? "/";
}

/**
 * Back to the origin this request was sent to (forwarded headers say nothing), and only where the provider has that
 * address on its list. `null` when the provider has no logout page, or the session could not be opened and has no `sid`.
 */
async function providerLogoutUrl(
  parts: FlowParts,
  request: Request,
  sid: string | undefined,
  returnTo: string | undefined,
): Promise<string | null> {
  // Whatever a provider's code throws, and however long it takes, this browser is signed out.
  return settled(async () =>
    parts.provider.logoutUrl({
      ...(sid !== undefined && { sid }),
      ...(returnTo !== undefined && { returnTo: new URL(returnTo, request.url).href }),
    }),
  );
}
