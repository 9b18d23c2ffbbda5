import type { Bytes } from "../base/bytes.js";
import { PART_LENGTH } from "../cookie/cookie.js";
import { sealedLength } from "../seal/seal.js";
import { claimsPart, decodeSession, deflatedClaimsIn, encodeSession } from "./codec.js";
import { deflate, inflate } from "./deflate.js";
import type { Session } from "./session.js";

/** Claims that are longer when inflated are refused. A token of 16,384 characters, the most we read, has fewer. */
const MAX_CLAIMS_LENGTH = 16_384;

/**
 * The body of a sealed session. Where its seal would not fit one cookie, the claims of the access token are deflated: they
 * alone, never in one stream with the refresh token or the signature. Nobody is to learn of a secret by watching the
 * length of what it was compressed with (CRIME), and neither of them would shrink.
 */
export async function makeBody(session: Session): Promise<Bytes> {
  const whole = encodeSession(session);
  if (sealedLength(whole.length) <= PART_LENGTH) return whole;
  const claims = claimsPart(session);
  if (claims === null || claims.length > MAX_CLAIMS_LENGTH) return whole;
  const deflated = await deflate(claims, claims.length - 1);
  return deflated === null ? whole : encodeSession(session, deflated);
}

/** `null` for every byte string that `makeBody` would not have written. */
export async function readBody(body: Uint8Array): Promise<Session | null> {
  const deflated = deflatedClaimsIn(body);
  if (deflated === null) return decodeSession(body);
  const claims = await inflate(deflated, MAX_CLAIMS_LENGTH);
  return claims && decodeSession(body, claims);
}
