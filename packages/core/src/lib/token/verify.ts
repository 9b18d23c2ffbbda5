import { compactVerify } from "jose/jws/compact/verify";
import { AuthError, refuseConfig } from "../base/errors.js";
import type { TokenReason } from "../base/failure.js";
import type { Background, ClockOption } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import type { TokenAlgorithm } from "./algorithms.js";
import { signatureBytes } from "./algorithms.js";
import type { AccessTokenClaims } from "./claims.js";
import type { KeySource } from "./key-source.js";
import { type ReadToken, readToken } from "./read-token.js";

/** Exactly one way to say who the token is for; WorkOS has no `aud`. */
export type TokenRecipient =
  | { readonly audience: string; readonly clientId?: never }
  | { readonly clientId: string; readonly audience?: never };

export type VerifyTokenOptions = ClockOption &
  TokenRecipient & {
    /** Compared exactly; a list names alternatives. */
    readonly issuer: string | readonly [string, ...string[]];
    /** Default: `["RS256"]`. */
    readonly algorithms?: readonly TokenAlgorithm[];
    /** For `exp`, in seconds. Default 0. `nbf` and `iat` always tolerate 60 s of skew. */
    readonly toleranceSeconds?: number;
  };

export type VerifiedToken =
  | { readonly ok: true; readonly claims: AccessTokenClaims }
  | { readonly ok: false; readonly reason: TokenReason };

const DEFAULT_ALGORITHMS: readonly string[] = ["RS256"];
const SKEW_SECONDS = 60;

/**
 * Checks form, algorithm, recipient and times, then the signature. What costs nothing comes first, so a garbage or
 * ended token never makes anybody fetch a key. Throws `keys_unreachable` when no key source can say, `crypto_failure`
 * when the runtime could not check.
 */
export async function verifyToken(
  token: string,
  keySource: KeySource,
  options: VerifyTokenOptions,
  background?: Background,
): Promise<VerifiedToken> {
  const read = readToken(token);
  const reason = read ? refusal(read, options) : "token_malformed";
  if (read === null || reason !== null) return { ok: false, reason: reason ?? "token_malformed" };
  const { header, claims } = read;
  const key = keySource.peek?.(header) ?? (await keySource.find(header, background));
  if (key === null) return { ok: false, reason: "key_not_found" };
  // A signature of the wrong length is the sender's fault; what fails with the right length is the runtime's.
  if (read.signatureLength !== signatureBytes(key)) return { ok: false, reason: "signature_invalid" };
  return (await isSignedBy(token, key, header.alg)) ? { ok: true, claims } : { ok: false, reason: "signature_invalid" };
}

/** Everything that can be said without a key; `null` when all is well so far. */
function refusal({ header, claims, signatureLength }: ReadToken, options: VerifyTokenOptions): TokenReason | null {
  const algorithms: readonly string[] = options.algorithms ?? DEFAULT_ALGORITHMS;
  if (!algorithms.includes(header.alg)) return "alg_not_allowed";
  if (signatureLength === 0) return "signature_invalid";
  const { issuer } = options;
  if (typeof issuer === "string" ? claims.iss !== issuer : !issuer.includes(claims.iss)) return "issuer_mismatch";
  if (!isAccessToken(header.typ, claims) || !isForUs(claims, options)) return "recipient_mismatch";
  const now = readClock(options);
  if (now >= claims.exp + (options.toleranceSeconds ?? 0)) return "token_expired";
  const latest = now + SKEW_SECONDS;
  return claims.iat > latest || (claims.nbf ?? 0) > latest ? "token_not_yet_valid" : null;
}

/** Claims that only an ID token (OpenID Connect Core §2, §3.3.2.11) or a security event (RFC 8417 §2.2) has. */
const FOREIGN_CLAIMS = ["nonce", "at_hash", "c_hash", "events"];

/**
 * RFC 8725 §3.11: tokens of one issuer for one client must not stand in for each other. A token that says `at+jwt`
 * (RFC 9068 §2.1) is believed; `JWT` or silence, which most providers write, is believed unless the claims say otherwise.
 */
function isAccessToken(typ: string | undefined, claims: AccessTokenClaims): boolean {
  // A media type without its `application/` (RFC 7515 §4.1.9), which knows no upper and lower case.
  const type = typ?.toLowerCase().replace(/^application\//, "");
  if (type === "at+jwt") return true;
  return (type === undefined || type === "jwt") && !FOREIGN_CLAIMS.some((name) => Object.hasOwn(claims, name));
}

function isForUs({ aud, client_id }: AccessTokenClaims, { audience, clientId }: VerifyTokenOptions): boolean {
  const expected = audience ?? clientId;
  // Reached from JavaScript with an unset variable: without a recipient every token of the issuer would pass.
  if (!expected) refuseConfig(["`verify` needs `clientId` or `audience`: without one, tokens of others would pass."]);
  if (audience === undefined && client_id !== undefined) return client_id === expected;
  return typeof aud === "string" ? aud === expected : (aud?.includes(expected ?? "") ?? false);
}

async function isSignedBy(token: string, key: CryptoKey, alg: string): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [alg] });
    return true;
  } catch (cause) {
    // `JWSSignatureVerificationFailed` without a cause is the answer "no"; with one, WebCrypto itself failed. All other
    // errors say that the key source handed out a key that does not fit the algorithm.
    if (isJoseError(cause) && cause.code === "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" && cause.cause === undefined) {
      return false;
    }
    throw new AuthError("crypto_failure", "The runtime could not check a token's signature.", { cause });
  }
}

function isJoseError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
