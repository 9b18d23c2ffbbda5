import type { Background } from "../base/ports.js";
import { about, answerTo, fail, refuse } from "./answer-to.js";
import type { CheckedToken } from "./check-token.js";
import { deepFreeze } from "./freeze.js";
import { cookieRealm } from "./host-realm.js";
import { present } from "./present.js";
import { refuseRevoked } from "./refuse-revoked.js";
import type { RequestAuth } from "./request-auth.js";
import type { Presented, SessionRoom, Visit, Written } from "./room.js";
import { type AnswerContext, authenticated } from "./visitor-states.js";
import { asWritten, rewrite, setCookies } from "./write-session.js";

/** An older cookie may still be on its way this long after its token ended or after it was replaced. */
export const LATE_SECONDS = 60;

/** What the request brought, or the answer to a request that brought nothing we open. */
export async function beginVisit(
  room: SessionRoom,
  request: Request,
  background: Background | undefined,
): Promise<Visit | RequestAuth> {
  const { parts } = room;
  const now = parts.runtime.now();
  const shown = await present(room, request, now);
  if (!shown.ok) {
    const { reason } = shown;
    // No renewal found that out: the store has nothing under this id, or nothing any more.
    if (reason === "session_over") parts.emit({ type: "session_expired", reason: "not_stored" }, background, request);
    return refuse(room, answerTo(room, request, background, shown), reason, background);
  }
  const { text, expiresAt, replaced, session } = shown;
  if (shown.isLegacy) {
    parts.emit({ type: "legacy_session_opened", ...(await about(room, session)) }, background, request);
    if (!replaced) {
      const moved = await moveIn(room, request, shown, now, background);
      return "state" in moved ? moved : unlessRevoked(room, moved, background);
    }
  }
  const sent = { text: shown.sent ?? text, expiresAt: shown.sent === undefined ? expiresAt : session.endsAt };
  const written = replaced ? asWritten(shown, setCookies(room, sent, now, request)) : null;
  const begun: Visit = { request, shown, session, now, written, renewed: false, degraded: false };
  // Where nothing can be revoked a warm request waits for nothing.
  return parts.revocation ? unlessRevoked(room, begun, background) : begun;
}

/** Asked of every request, however well this isolate knows its cookie: somebody may have ended it elsewhere just now. */
async function unlessRevoked(
  room: SessionRoom,
  begun: Visit,
  background: Background | undefined,
): Promise<Visit | RequestAuth> {
  return (await refuseRevoked(room, begun, contextOf(room, begun, background), background)) ?? begun;
}

/** Sealed anew at once, whatever becomes of the request: the older text is to be seen once. */
async function moveIn(
  room: SessionRoom,
  request: Request,
  shown: Presented,
  now: number,
  background: Background | undefined,
): Promise<Visit | RequestAuth> {
  const { session, presented, text } = shown;
  const visit = { request, shown, session, now, written: null, renewed: false, degraded: false };
  const written = await rewrite(room, session, { now, request, from: text }, background);
  if (written === "ended") return refuse(room, contextOf(room, visit, background), "session_over", background);
  if (written && !room.store?.holds(written.text)) {
    const until = Math.min(now + LATE_SECONDS, shown.expiresAt);
    room.memo.replace(text, { text: written.text, until, presented });
  }
  return { ...visit, written };
}

/** The answer, once the token has been checked. */
export function endVisit(
  room: SessionRoom,
  visit: Visit,
  checked: CheckedToken,
  background: Background | undefined,
): RequestAuth | Promise<RequestAuth> {
  if (checked.ok) return welcome(room, visit, checked, background);
  const context = contextOf(room, visit, background);
  if ("down" in checked) return fail(room, context, { reason: checked.down }, background);
  const { reason } = checked;
  if (visit.renewed && reason === "key_not_found") {
    // Fresh from the provider, so it is the key set that lags.
    return fail(room, context, { reason: "keys_unreachable", detail: reason }, background);
  }
  if (reason === "token_not_yet_valid" || (visit.renewed && reason === "token_expired")) {
    // From the provider's future, or fresh from the provider and ended: two clocks disagree, and the visitor's is neither.
    room.parts.emit({ type: "clock_skew", reason }, background, visit.request);
    return fail(room, context, { reason: "provider_unreachable", detail: "clock_skew" }, background);
  }
  return refuse(room, context, reason, background);
}

export function contextOf(room: SessionRoom, visit: Visit, background: Background | undefined): AnswerContext {
  return answerTo(room, visit.request, background, { cookies: visit.written?.cookies ?? [] });
}

async function welcome(
  room: SessionRoom,
  visit: Visit,
  checked: Extract<CheckedToken, { ok: true }>,
  background: Background | undefined,
): Promise<RequestAuth> {
  const { shown, session, renewed, degraded } = visit;
  if (session.organizationId !== shown.session.organizationId) {
    // On the way it came to act for another organisation, which has an ending of its own.
    const refused = await refuseRevoked(room, visit, contextOf(room, visit, background), background);
    if (refused) return refused;
  }
  const written = await cookieFor(room, visit, background);
  const claims = deepFreeze(checked.claims);
  const { text, keyVersion, issuedAt, expiresAt, version } = written ?? shown;
  const { remembered } = shown;
  const isKnown = remembered?.text === text && remembered.key === checked.key && remembered.version === version;
  // A session without a cookie of its own (too large, or not to be carried) is not what the request's text stands for.
  if (!isKnown && (written !== null || !renewed)) {
    const { header, key } = checked;
    const made = { keyVersion, issuedAt, expiresAt, ...(version !== undefined && { version }) };
    const realm = cookieRealm(room.parts, visit.request);
    room.memo.put({ text, realm, session: deepFreeze(session), claims, header, key, ...made });
  }
  return authenticated(contextOf(room, { ...visit, written }, background), {
    session,
    claims,
    refreshed: renewed,
    degraded,
  });
}

/** The cookie to send along: the new session's, or the same session sealed again where that is due. */
export function cookieFor(
  room: SessionRoom,
  visit: Visit,
  background: Background | undefined,
): Written | null | Promise<Written | null> {
  const { request, shown, written, renewed, degraded, now } = visit;
  if (written !== null || renewed) return written;
  return shown.vessel.reseal(room, shown, { request, now, renewalFailed: degraded }, background);
}
