import type { TokenReason, UnavailableReason } from "../base/failure.js";
import type { Background } from "../base/ports.js";
import { readToken } from "../token/read-token.js";
import { type CheckedSignature, checkSignature, strangeToken } from "../token/verify.js";
import { failureOf } from "./failure-of.js";
import type { Remembered } from "./memo.js";
import type { Session } from "./session.js";
import type { SessionParts } from "./session-parts.js";

/** Without a refresh token an ended token ends everything, so a clock that is a little off is forgiven. */
const LAST_TOKEN_TOLERANCE_SECONDS = 5;

export type CheckedToken =
  | CheckedSignature
  /** Nobody can say. */
  | { readonly ok: false; readonly down: UnavailableReason };

/** Verifies a session's token; what this isolate verified stands while the key set still holds the key that did it. */
export function checkToken(
  parts: SessionParts,
  session: Session,
  remembered: Remembered | undefined,
  now: number,
  background: Background | undefined,
): CheckedToken | Promise<CheckedToken> {
  const known = remembered?.session === session ? remembered : undefined;
  // At once where the keys are known and fresh: most requests have nothing to wait for.
  if (known && parts.keySource.peek?.(known.header) === known.key) return stillChecked(known);
  return verify(parts, session, known, now, background);
}

function stillChecked({ claims, header, key }: Remembered): CheckedToken {
  return { ok: true, claims, header, key };
}

async function verify(
  { keySource, trust }: SessionParts,
  session: Session,
  known: Remembered | undefined,
  now: number,
  background: Background | undefined,
): Promise<CheckedToken> {
  try {
    if (known && (await keySource.find(known.header, background)) === known.key) return stillChecked(known);
    const toleranceSeconds = endTolerance(session);
    const options = { ...trust.verify, toleranceSeconds, now: () => now };
    return await checkSignature(session.accessToken, keySource, options, background);
  } catch (error) {
    const down = failureOf(error);
    if (down === null) throw error;
    return { ok: false, down };
  }
}

export function endTolerance(session: Session): number {
  return session.refreshToken === undefined ? LAST_TOKEN_TOLERANCE_SECONDS : 0;
}

/**
 * Why this session was made with another provider, whose tokens are nobody's business here: two configurations may share
 * keys and a cookie. Asked before anything of it is sent to ours. `null` when it is ours.
 */
export function strangeSession(parts: SessionParts, session: Session): TokenReason | null {
  const read = readToken(session.accessToken);
  return read === null ? "token_malformed" : strangeToken(read, parts.trust.verify);
}
