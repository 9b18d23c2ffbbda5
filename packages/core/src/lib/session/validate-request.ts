import type { AnonymousReason } from "../base/failure.js";
import type { Background } from "../base/ports.js";
import { checkToken, endTolerance } from "./check-token.js";
import { longestBuffer, refreshBuffer } from "./due.js";
import { failureOf } from "./failure-of.js";
import { renew } from "./refresh.js";
import type { RequestAuth } from "./request-auth.js";
import { fail, refuse, type SessionRoom } from "./session-room.js";
import { beginVisit, carry, contextOf, endVisit, type Visit } from "./visit.js";

/** Who is asking: memory, then the seal, then (when due) the ledger and the provider, then the token's signature. */
export async function validateRequest(
  room: SessionRoom,
  request: Request,
  kind: "due" | "forced",
  background: Background | undefined,
): Promise<RequestAuth> {
  try {
    const begun = await beginVisit(room, request, background);
    if ("state" in begun) return begun;
    return await visitOn(room, begun, kind, background);
  } catch (error) {
    return survive(room, request, error, background);
  }
}

/** The answer to a fault of the runtime that no request can be blamed for. Throws on what is a bug or a misuse. */
export function survive(
  room: SessionRoom,
  request: Request,
  error: unknown,
  background: Background | undefined,
): ReturnType<typeof fail> {
  const reason = failureOf(error);
  if (reason === null) throw error;
  const context = { request, loginPath: room.parts.loginPath, cookies: [], sessionRead: true };
  return fail(room, context, { reason }, background);
}

async function visitOn(
  room: SessionRoom,
  begun: Visit,
  kind: "due" | "forced",
  background: Background | undefined,
): Promise<RequestAuth> {
  let visit = begun;
  const { session, now, shown } = begun;
  const canRenew = room.refresh !== undefined && session.refreshToken !== undefined;
  const mustRenew = canRenew && (kind === "forced" || isDue(room, visit));
  if (mustRenew) {
    const renewed = await renewVisit(room, visit, kind, background);
    if ("state" in renewed) return renewed;
    visit = renewed;
  } else if (now >= session.expiresAt + endTolerance(session)) {
    // Without a provider (a validator) the cookie is kept: whoever owns the provider can renew it.
    const reason = session.refreshToken === undefined ? "token_expired" : "refresh_needed";
    return refuse(room, contextOf(room, visit), reason, background);
  }
  let checked = await checkToken(room.parts, visit.session, shown.remembered, visit.now, background);
  const keyIsGone = !checked.ok && "reason" in checked && checked.reason === "key_not_found";
  if (keyIsGone && canRenew && !mustRenew) {
    // The key left a set that can be reached: what the provider signed with it, it signs anew.
    const renewed = await renewVisit(room, visit, "forced", background);
    if ("state" in renewed) return renewed;
    visit = renewed;
    checked = visit.renewed
      ? await checkToken(room.parts, visit.session, undefined, visit.now, background)
      : { ok: false, down: "keys_unreachable" };
  }
  return endVisit(room, visit, checked, background);
}

/** The visit with a new session, or as it was where nothing new can be had; or the answer that ends it. */
async function renewVisit(
  room: SessionRoom,
  visit: Visit,
  kind: "due" | "forced",
  background: Background | undefined,
): Promise<Visit | RequestAuth> {
  if (room.refresh === undefined) return visit;
  const { session, shown } = visit;
  const renewal = await renew(room.refresh, { kind, session, presented: shown.presented }, background);
  switch (renewal.kind) {
    case "renewed":
      return carry(room, visit, renewal, background);
    case "keep": {
      const { degraded, detail } = renewal;
      if (degraded) room.parts.emit({ type: degraded, ...(detail !== undefined && { reason: detail }) }, background);
      return { ...visit, degraded: degraded !== undefined };
    }
    case "unavailable":
      return fail(room, contextOf(room, visit), renewal, background);
    case "anonymous":
      return leave(room, visit, renewal, background);
    case "refused":
      return visit; // said of switches only
  }
}

/** The session is over, or not to be had from this cookie. */
export function leave(
  room: SessionRoom,
  visit: Visit,
  renewal: { readonly reason: AnonymousReason; readonly clear: boolean },
  background: Background | undefined,
): RequestAuth {
  if (renewal.clear) room.memo.forget(visit.session.sessionId);
  const cookies = renewal.clear ? room.carrier.clear() : [];
  return refuse(room, { ...contextOf(room, visit), cookies }, renewal.reason, background);
}

function isDue(room: SessionRoom, { session, now }: Visit): boolean {
  const left = session.expiresAt - now;
  const configured = room.refresh?.bufferSeconds;
  return left < longestBuffer(configured) && left < refreshBuffer(session, configured);
}
