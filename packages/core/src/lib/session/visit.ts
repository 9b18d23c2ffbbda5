import type { Background } from "../base/ports.js";
import { keyStateOf } from "../seal/keyring.js";
import { type AnswerContext, authenticated } from "./answers.js";
import type { CheckedToken } from "./check-token.js";
import { refreshBuffer } from "./due.js";
import { deepFreeze } from "./freeze.js";
import { type Presented, present } from "./present.js";
import type { RequestAuth } from "./request-auth.js";
import type { Session } from "./session.js";
import { fail, refuse, rewrite, type SessionRoom, type Written } from "./session-room.js";

/** An older cookie may still be on its way this long after its token ended or after it was replaced. */
const LATE_SECONDS = 60;

/** One request on its way to an answer. */
export interface Visit {
  readonly request: Request;
  readonly shown: Presented;
  readonly session: Session;
  readonly now: number;
  /** The cookie to send along, if it is not the one the request brought. */
  readonly written: Written | null;
  readonly renewed: boolean;
  readonly degraded: boolean;
}

/** What the request brought, or the answer to a request that brought nothing we open. */
export async function beginVisit(
  room: SessionRoom,
  request: Request,
  background: Background | undefined,
): Promise<Visit | RequestAuth> {
  const { parts, carrier, memo } = room;
  const now = parts.runtime.now();
  const shown = await present(parts, carrier, memo, request, now);
  if (!shown.ok) {
    const { cookies, sessionRead } = shown;
    return refuse(room, { request, loginPath: parts.loginPath, cookies, sessionRead }, shown.reason, background);
  }
  const { remembered, replaced, session } = shown;
  const written = replaced && remembered ? writtenAgain(room, remembered, now) : null;
  return { request, shown, session, now, written, renewed: false, degraded: false };
}

/** The new session gets its cookie before anything else can fail: from here on every answer carries it. */
export async function carry(
  room: SessionRoom,
  visit: Visit,
  next: { readonly session: Session; readonly carry: boolean },
  background: Background | undefined,
): Promise<Visit> {
  const { presented, text } = visit.shown;
  const session = deepFreeze(next.session);
  const now = room.parts.runtime.now();
  const written = next.carry ? await rewrite(room, session, now, background) : null;
  if (written) {
    const until = Math.max(presented.expiresAt, now) + LATE_SECONDS;
    room.memo.replace(text, { text: written.text, until, presented });
  }
  return { ...visit, session, now, written, renewed: true };
}

/** The answer, once the token has been checked. */
export async function endVisit(
  room: SessionRoom,
  visit: Visit,
  checked: CheckedToken,
  background: Background | undefined,
): Promise<RequestAuth> {
  if (checked.ok) return welcome(room, visit, checked, background);
  const context = contextOf(room, visit);
  if ("down" in checked) return fail(room, context, { reason: checked.down }, background);
  const { reason } = checked;
  if (visit.renewed && reason === "key_not_found") {
    // Fresh from the provider, so it is the key set that lags.
    return fail(room, context, { reason: "keys_unreachable", detail: reason }, background);
  }
  if (visit.renewed && (reason === "token_expired" || reason === "token_not_yet_valid")) {
    // Fresh from the provider and not valid here: two clocks disagree, and the visitor's is not one of them.
    room.parts.emit({ type: "clock_skew", reason }, background);
    return fail(room, context, { reason: "provider_unreachable", detail: "clock_skew" }, background);
  }
  return refuse(room, context, reason, background);
}

export function contextOf(room: SessionRoom, visit: Visit): AnswerContext {
  const { request, written } = visit;
  return { request, loginPath: room.parts.loginPath, cookies: written?.cookies ?? [], sessionRead: true };
}

async function welcome(
  room: SessionRoom,
  visit: Visit,
  checked: Extract<CheckedToken, { ok: true }>,
  background: Background | undefined,
): Promise<RequestAuth> {
  const { shown, session, now, renewed, degraded } = visit;
  const written = visit.written ?? (renewed ? null : await resealed(room, shown, now, background));
  const claims = deepFreeze(checked.claims);
  const { text, keyVersion, issuedAt, expiresAt } = written ?? shown;
  const isKnown = shown.remembered?.text === text && shown.remembered.key === checked.key;
  // A session without a cookie of its own (too large, or not to be carried) is not what the request's text stands for.
  if (!isKnown && (written !== null || !renewed)) {
    const { header, key } = checked;
    room.memo.put({ text, session: deepFreeze(session), claims, header, key, keyVersion, issuedAt, expiresAt });
  }
  return authenticated(contextOf(room, { ...visit, written }), { session, claims, refreshed: renewed, degraded });
}

/** A cookie under an older key, or past half of its idle time, is sealed again in the same answer. */
async function resealed(
  room: SessionRoom,
  shown: Presented,
  now: number,
  background: Background | undefined,
): Promise<Written | null> {
  const { parts, memo } = room;
  const { session, keyVersion, issuedAt } = shown;
  const isRetired = keyStateOf(parts.keyring, keyVersion, now) === "retired";
  if (isRetired) parts.emit({ type: "seal_opened_with_retired_key", keyVersion }, background);
  const isIdle = parts.idleSeconds !== undefined && now - issuedAt >= parts.idleSeconds / 2;
  if (!isRetired && !isIdle) return null;
  // The refresh that is about to come seals anyway, and a newer cookie must not be overwritten by an older session.
  if (isAboutToRenew(room, session, now) || memo.generation(session.sessionId) > session.generation) return null;
  const written = await rewrite(room, session, now, background);
  if (written) {
    memo.replace(shown.text, { text: written.text, until: written.expiresAt, presented: shown.presented });
  }
  return written;
}

function isAboutToRenew(room: SessionRoom, session: Session, now: number): boolean {
  if (room.refresh === undefined || session.refreshToken === undefined) return false;
  return session.expiresAt - now < 2 * refreshBuffer(session, room.refresh.bufferSeconds);
}

function writtenAgain(room: SessionRoom, known: Omit<Written, "cookies">, now: number): Written {
  const { text, keyVersion, issuedAt, expiresAt } = known;
  return { text, keyVersion, issuedAt, expiresAt, cookies: room.carrier.write(text, expiresAt - now) };
}
