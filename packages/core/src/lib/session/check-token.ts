import type { TokenReason, UnavailableReason } from "../base/failure.js";
import type { Background } from "../base/ports.js";
import type { AccessTokenClaims } from "../token/claims.js";
import { readToken, type TokenHeader } from "../token/read-token.js";
import { verifyToken } from "../token/verify.js";
import { failureOf } from "./failure-of.js";
import type { Remembered } from "./memo.js";
import type { Session } from "./session.js";
import type { SessionParts } from "./session-parts.js";

/** Without a refresh token an ended token ends everything, so a clock that is a little off is forgiven. */
const LAST_TOKEN_TOLERANCE_SECONDS = 5;

export type CheckedToken =
  | { readonly ok: true; readonly claims: AccessTokenClaims; readonly header: TokenHeader; readonly key: CryptoKey }
  | { readonly ok: false; readonly reason: TokenReason }
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
    const verified = await verifyToken(session.accessToken, keySource, options, background);
    if (!verified.ok) return verified;
    const header = readToken(session.accessToken)?.header;
    const key = header && (keySource.peek?.(header) ?? (await keySource.find(header, background)));
    // Gone within the same moment: as unknown as if it had been gone before.
    if (!header || !key) return { ok: false, reason: "key_not_found" };
    return { ok: true, claims: verified.claims, header, key };
  } catch (error) {
    const down = failureOf(error);
    if (down === null) throw error;
    return { ok: false, down };
  }
}

export function endTolerance(session: Session): number {
  return session.refreshToken === undefined ? LAST_TOKEN_TOLERANCE_SECONDS : 0;
}
