import type { AnonymousReason, UnavailableReason } from "../base/failure.js";
import type { Background } from "../base/ports.js";
import { fail, refuse } from "./answer-to.js";
import { strangeSession } from "./check-token.js";
import { deepFreeze } from "./freeze.js";
import type { Renewal } from "./renewal.js";
import type { Anonymous, RequestAuth, Unavailable } from "./request-auth.js";
import { revoke } from "./revoke.js";
import type { Carried, SessionRoom, Visit } from "./room.js";
import type { Session } from "./session.js";
import { contextOf, cookieFor, LATE_SECONDS } from "./visit.js";
import { rewrite } from "./write-session.js";

/** The visit with a new session, or as it was where nothing new can be had; or the answer that ends it. */
export async function renewVisit(
  room: SessionRoom,
  begun: Visit,
  kind: "due" | "forced",
  background: Background | undefined,
): Promise<Visit | RequestAuth> {
  if (room.refresh === undefined) return begun;
  const { session, shown } = begun;
  const strange = strangeSession(room.parts, session);
  if (strange !== null) return refuse(room, contextOf(room, begun, background), strange, background);
  const renewal = await room.refresh.renew(
    { kind, session, presented: shown.presented, cause: begun.request },
    background,
  );
  const visit = await applyRenewal(room, begun, renewal, background);
  if ("state" in visit) return visit;
  if (renewal.kind === "unavailable") return failRenewal(room, visit, renewal, background);
  if (renewal.kind !== "keep" || renewal.degraded === undefined) return visit;
  const { degraded, detail } = renewal;
  room.parts.emit({ type: degraded, ...(detail !== undefined && { reason: detail }) }, background, begun.request);
  return { ...visit, degraded: true };
}

/** Takes over the newer session that a renewal brought, or found on its way to a failure. */
export async function applyRenewal(
  room: SessionRoom,
  visit: Visit,
  renewal: Renewal,
  background: Background | undefined,
): Promise<Visit | Anonymous> {
  if (renewal.kind === "renewed") return carry(room, visit, renewal, background);
  if (renewal.kind === "anonymous") return leave(room, visit, renewal, background);
  return renewal.adopted
    ? carry(room, visit, { session: renewal.adopted, adopted: true, carry: true }, background)
    : visit;
}

/** The new session gets its cookie before anything else can fail: from here on every answer carries it. */
async function carry(
  room: SessionRoom,
  visit: Visit,
  next: { readonly session: Session; readonly adopted: boolean; readonly carry: boolean },
  background: Background | undefined,
): Promise<Visit | Anonymous> {
  const session = deepFreeze(next.session);
  const now = room.parts.runtime.now();
  if (now >= session.endsAt) return leave(room, visit, { reason: "expired", clear: true }, background);
  if (!next.carry) return { ...visit, session, now, written: null, renewed: true };
  const { carry: put = carrySealed } = visit.shown.vessel;
  const carried = await put(room, { ...visit, now }, { session, adopted: next.adopted }, background);
  if (carried === "ended") return leave(room, visit, { reason: "session_over", clear: false }, background);
  return { ...visit, ...carried, now, renewed: true };
}

async function carrySealed(
  room: SessionRoom,
  { request, shown, now }: Visit,
  { session, adopted }: { readonly session: Session; readonly adopted: boolean },
  background: Background | undefined,
): Promise<Carried | "ended"> {
  const written = await rewrite(room, session, { now, request, from: shown.text }, background);
  if (written === "ended") {
    // Whoever ended it meanwhile wins: these tokens are nobody's.
    if (!adopted && room.refresh) background?.waitUntil(revoke(room.refresh.provider, session));
    return written;
  }
  // What a store holds has to be asked for there.
  if (written && !room.store?.holds(written.text)) {
    const { generation, expiresAt } = shown.session;
    const until = Math.min(Math.max(expiresAt, now) + LATE_SECONDS, shown.expiresAt);
    room.memo.replace(shown.text, { text: written.text, until, presented: { generation, expiresAt } });
  }
  return { session, written };
}

/** The session is over, or not to be had from this cookie. */
function leave(
  room: SessionRoom,
  visit: Visit,
  why: { readonly reason: AnonymousReason; readonly clear: boolean },
  background: Background | undefined,
): Anonymous {
  if (why.clear) room.memo.forget(visit.session.sessionId);
  const cookies = why.clear ? room.carrier.clear(visit.request) : [];
  return refuse(room, { ...contextOf(room, visit, background), cookies }, why.reason, background);
}

/** A renewal failed and there is nothing to go on with. Who waits for its end must not grow idle meanwhile. */
export async function failRenewal(
  room: SessionRoom,
  visit: Visit,
  failure: { readonly reason: UnavailableReason; readonly retryAfterSeconds?: number; readonly detail?: string },
  background: Background | undefined,
): Promise<Unavailable> {
  const written = await cookieFor(room, { ...visit, degraded: true }, background);
  return fail(room, contextOf(room, { ...visit, written }, background), failure, background);
}
