import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import type { Authenticated, Machine } from "../session/request-auth.js";
import type { FlowParts } from "./flow-parts.js";

/**
 * A tab that shows one organisation must not act in another one, to which a second tab has switched meanwhile. True when
 * `X-Expected-Org` is there and names another one than the session's; empty means "none".
 */
function expectsAnotherOrganization(request: Request, auth: Authenticated | Machine): boolean {
  const expected = request.headers.get("X-Expected-Org");
  return expected !== null && expected !== (auth.organizationId ?? "");
}

/** The 409 for that case, with the cookie that validating may have renewed; `null` when the tab and the session agree. */
export function refuseOtherOrganization(
  parts: Pick<FlowParts, "emit">,
  request: Request,
  auth: Authenticated | Machine,
  background?: Background,
): Response | null {
  if (!expectsAnotherOrganization(request, auth)) return null;
  const who = auth.state === "machine" ? { detail: `client ${auth.clientId}` } : { userId: auth.user.id };
  parts.emit({ type: "org_changed", ...who }, background, request);
  return auth.apply(failureAnswer("org_changed"));
}
