import type { Background } from "../base/ports.js";
import { answerTo, fail, refuse } from "./answer-to.js";
import { checkToken, endTolerance } from "./check-token.js";
import { refreshFor } from "./create-room.js";
import { failureOf } from "./failure-of.js";
import type { RequestAuth } from "./request-auth.js";
import type { SessionRoom, Visit } from "./room.js";
import { beginVisit, contextOf, endVisit } from "./visit.js";

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
  return fail(room, answerTo(room, request, background), { reason }, background);
}

async function visitOn(
  room: SessionRoom,
  begun: Visit,
  kind: "due" | "forced",
  background: Background | undefined,
): Promise<RequestAuth> {
  let visit = begun;
  const { session, now, shown } = begun;
  const refresh = refreshFor(room, session);
  const isDue = refresh !== undefined && (kind === "forced" || refresh.isDue(session, now));
  const mayWait = isDue && kind === "due" && now < session.expiresAt && background !== undefined;
  const later = mayWait ? (shown.vessel.renewLater?.(room, begun, refresh, background) ?? null) : null;
  const mustRenew = isDue && later === null;
  if (later) {
    visit = later;
  } else if (mustRenew) {
    const renewed = await refresh.renewVisit(room, visit, kind, background);
    if ("state" in renewed) return renewed;
    visit = renewed;
  } else if (now >= session.expiresAt + endTolerance(session)) {
    // Without a provider (a validator) the cookie is kept: whoever owns the provider can renew it.
    const reason = session.refreshToken === undefined ? "token_expired" : "refresh_needed";
    return refuse(room, contextOf(room, visit, background), reason, background);
  }
  let checked = await checkToken(room.parts, visit.session, shown.remembered, visit.now, background);
  const keyIsGone = !checked.ok && "reason" in checked && checked.reason === "key_not_found";
  if (keyIsGone && refresh !== undefined && !visit.renewed) {
    // The key left a set that can be reached: what the provider signed with it, it signs anew. Tried once.
    const renewed = mustRenew ? visit : await refresh.renewVisit(room, visit, "forced", background);
    if ("state" in renewed) return renewed;
    visit = renewed;
    checked = visit.renewed
      ? await checkToken(room.parts, visit.session, undefined, visit.now, background)
      : { ok: false, down: "keys_unreachable" };
  }
  return endVisit(room, visit, checked, background);
}
