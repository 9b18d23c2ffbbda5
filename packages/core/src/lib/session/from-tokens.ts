import { base64url, randomBytes } from "../base/bytes.js";
import { AuthError } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import type { ClockOption } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import type { Impersonator, User } from "../provider/provider.js";
import { readToken } from "../token/read-token.js";
import { plainImpersonator, plainUser } from "./plain-user.js";
import type { Session } from "./session.js";

/** 30 days. */
export const ABSOLUTE_SECONDS = 2_592_000;

/** An hour, for whoever acts as somebody else: so long such a session lasts at WorkOS, too. */
const IMPERSONATION_SECONDS = 3_600;

export interface SessionTokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly user: User;
  readonly impersonator?: Impersonator;
}

/**
 * Reads `exp` and `org_id` from the token, makes a session id, fills in the rest: for code that has tokens and wants a
 * session. The token is not verified here. `lifetimeSeconds`: from now to the session's end, default 30 days, one hour at
 * most for an impersonator (given, or named by the token's `act`).
 * Throws `AuthError` `provider_malformed` when the access token is no JWT with an `exp`.
 */
export function sessionFromTokens(
  tokens: SessionTokens,
  options: ClockOption & { readonly lifetimeSeconds?: number } = {},
): Session {
  const now = readClock(options);
  const claims = readToken(tokens.accessToken)?.claims;
  if (!claims) {
    throw new AuthError("provider_malformed", "The access token is not a JWT with an `exp`, so its end is unknown.");
  }
  const { accessToken, refreshToken, user, impersonator = actorOf(claims.act) } = tokens;
  const { lifetimeSeconds = ABSOLUTE_SECONDS } = options;
  return {
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    sessionId: base64url(randomBytes(32)),
    user: plainUser(user),
    ...(claims.org_id !== undefined && { organizationId: claims.org_id }),
    ...(impersonator && { impersonator: plainImpersonator(impersonator) }),
    createdAt: now,
    expiresAt: claims.exp,
    endsAt: now + (impersonator ? Math.min(lifetimeSeconds, IMPERSONATION_SECONDS) : lifetimeSeconds),
    generation: 0,
  };
}

/** WorkOS names who acts by their address. Another actor (RFC 8693 §4.1) may be a program, which impersonates nobody. */
function actorOf(act: unknown): Impersonator | undefined {
  if (!isRecord(act) || typeof act.sub !== "string" || !act.sub.includes("@")) return undefined;
  return { email: act.sub };
}
