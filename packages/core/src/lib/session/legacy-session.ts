import { base64url, concatBytes, lengthPrefixed, sha256, utf8Text } from "../base/bytes.js";
import { parseJsonObject } from "../base/json.js";
import { readToken } from "../token/read-token.js";
import { ABSOLUTE_SECONDS } from "./from-tokens.js";
import type { Session } from "./session.js";

/**
 * The session in a body of the layouts before `es1`, which is JSON: `accessToken`, `refreshToken`, `expiresAt`, `userId`,
 * `organizationId`. What the token itself says goes before what stands beside it; `expiresAt` was not reliable there.
 *
 * One text is opened by many requests at once before the first answer has replaced it. They all have to find the same
 * session, or the ledger would let each of them spend the one refresh token: so the id follows from that token, and the
 * end from the token's own beginning. That also keeps a copy of an old cookie from living for ever.
 *
 * `null` for every other body.
 */
export async function readLegacySession(
  body: Uint8Array,
  now: number,
  absoluteSeconds: number = ABSOLUTE_SECONDS,
): Promise<Session | null> {
  const text = utf8Text(body);
  const { accessToken, refreshToken, userId } = (text !== null && parseJsonObject(text)) || {};
  if (!isToken(accessToken) || (refreshToken !== undefined && !isToken(refreshToken))) return null;
  const claims = readToken(accessToken)?.claims;
  if (claims === undefined || claims.sub !== userId) return null;
  const createdAt = Math.min(claims.iat, now);
  return {
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    sessionId: await idFrom(refreshToken ?? accessToken),
    user: { id: claims.sub },
    ...(claims.org_id !== undefined && { organizationId: claims.org_id }),
    createdAt,
    expiresAt: claims.exp,
    endsAt: createdAt + absoluteSeconds,
    generation: 0,
  };
}

async function idFrom(token: string): Promise<string> {
  return base64url(await sha256(concatBytes(lengthPrefixed("edgeseal/legacy-session"), lengthPrefixed(token))));
}

function isToken(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.isWellFormed();
}
