import type { UnavailableReason } from "../base/failure.js";
import type { Background } from "../base/ports.js";
import { type CheckedSignature, checkSignature } from "../token/verify.js";
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
export async function checkToken(
  parts: SessionParts,
  session: Session,
  remembered: Remembered | undefined,
  now: number,
  background: Background | undefined,
): Promise<CheckedToken> {
  const { keySource, trust } = parts;
  try {
    if (remembered?.session === session) {
      const { header, claims, key } = remembered;
      const current = keySource.peek?.(header) ?? (await keySource.find(header, background));
      if (current === key) return { ok: true, claims, header, key };
    }
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
