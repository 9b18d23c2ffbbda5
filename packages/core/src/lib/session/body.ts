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
export function makeBody(session: Session): Bytes | Promise<Bytes> {
  const whole = encodeSession(session);
  return sealedLength(whole.length) <= PART_LENGTH ? whole : deflatedBody(session, whole);
}

async function deflatedBody(session: Session, whole: Bytes): Promise<Bytes> {
  const claims = claimsPart(session);
  if (claims === null || claims.length > MAX_CLAIMS_LENGTH) return whole;
  const deflated = await deflate(claims, claims.length - 1);
  return deflated === null ? whole : encodeSession(session, deflated);
}

/** `null` for every byte string that `makeBody` would not have written. */
export function readBody(body: Uint8Array): Session | null | Promise<Session | null> {
  const deflated = deflatedClaimsIn(body);
  return deflated === null ? decodeSession(body) : readDeflated(body, deflated);
}

async function readDeflated(body: Uint8Array, deflated: Bytes): Promise<Session | null> {
  const claims = await inflate(deflated, MAX_CLAIMS_LENGTH);
  return claims && decodeSession(body, claims);
}
