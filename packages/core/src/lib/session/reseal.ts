import type { Background } from "../base/ports.js";
import { keyStateOf } from "../seal/keyring.js";
import { refreshFor } from "./create-room.js";
import { tellFailure } from "./failure-of.js";
import { cookieRealm } from "./host-realm.js";
import type { Presented, ResealOptions, SessionRoom, Writing, Written } from "./room.js";
import type { Session } from "./session.js";
import { rewrite } from "./write-session.js";

/**
 * A cookie under an older key, or past half of its idle time, is sealed again in the same answer. `null`: it is good as it
 * is, or could not be sealed now, which is no reason to refuse whoever brought it.
 */
export function reseal(
  room: SessionRoom,
  shown: Presented,
  options: ResealOptions,
  background: Background | undefined,
): null | Promise<Written | null> {
  const { parts, memo } = room;
  const { session, keyVersion, issuedAt } = shown;
  const { now, renewalFailed } = options;
  const isRetired = keyStateOf(parts.keyring, keyVersion, now) === "retired";
  if (isRetired) parts.emit({ type: "seal_opened_with_retired_key", keyVersion }, background, options.request);
  const isIdle = parts.idleSeconds !== undefined && now - issuedAt >= parts.idleSeconds / 2;
  if (!isRetired && !isIdle) return null;
  // The refresh that is about to come seals anyway.
  if (!renewalFailed && refreshFor(room, session)?.isAboutToCome(session, now)) return null;
  // A newer cookie must not be overwritten by an older session.
  if (memo.generation(session.sessionId, cookieRealm(parts, options.request)) > session.generation) return null;
  return replace(room, shown, options, background);
}

async function replace(
  room: SessionRoom,
  shown: Presented,
  { now, request }: ResealOptions,
  background: Background | undefined,
): Promise<Written | null> {
  const { session, text } = shown;
  const written = await tryRewrite(room, session, { now, request, from: text }, background);
  if (written && !room.store?.holds(written.text)) {
    const { generation, expiresAt } = session;
    const by = { text: written.text, until: shown.expiresAt, presented: { generation, expiresAt } };
    room.memo.replace(shown.text, by);
  }
  return written;
}

async function tryRewrite(
  room: SessionRoom,
  session: Session,
  writing: Writing,
  background: Background | undefined,
): Promise<Written | null> {
  try {
    const written = await rewrite(room, session, writing, background);
    // That it was ended is found out by the next request.
    return written === "ended" ? null : written;
  } catch (error) {
    tellFailure(room.parts.emit, error, { reason: "reseal" }, { request: writing.request, background });
    return null;
  }
}
