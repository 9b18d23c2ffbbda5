import { compactVerify } from "jose/jws/compact/verify";
import { AuthError, refuseConfig } from "../base/errors.js";
import type { TokenReason } from "../base/failure.js";
import type { Background, ClockOption } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import type { TokenAlgorithm } from "./algorithms.js";
import { signatureBytes } from "./algorithms.js";
import type { AccessTokenClaims } from "./claims.js";
import type { KeySource } from "./key-source.js";
import { type ReadToken, readToken, type TokenHeader } from "./read-token.js";

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
    /**
     * Which of the issuer's tokens are meant. Default `"access_token"`. One of the other kind is a `recipient_mismatch`:
     * neither may stand in for the other.
     */
    readonly kind?: "access_token" | "id_token";
    /** For `exp`, in seconds. Default 0. `nbf` and `iat` always tolerate 60 s of skew. */
    readonly toleranceSeconds?: number;
  };

export type VerifiedToken =
  | { readonly ok: true; readonly claims: AccessTokenClaims }
  | { readonly ok: false; readonly reason: TokenReason };

const DEFAULT_ALGORITHMS: readonly string[] = ["RS256"];
const SKEW_SECONDS = 60;

/** `VerifiedToken`, and what it was verified with: whoever keeps the result keeps these to ask whether it still stands. */
export type CheckedSignature =
  | { readonly ok: true; readonly claims: AccessTokenClaims; readonly header: TokenHeader; readonly key: CryptoKey }
  | { readonly ok: false; readonly reason: TokenReason };

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
  const checked = await checkSignature(token, keySource, options, background);
  return checked.ok ? { ok: true, claims: checked.claims } : checked;
}

/** `verifyToken`, telling the key. */
export async function checkSignature(
  token: string,
  keySource: KeySource,
  options: VerifyTokenOptions,
  background?: Background,
): Promise<CheckedSignature> {
  const read = readToken(token);
  const reason = read ? refusal(read, options) : "token_malformed";
  if (read === null || reason !== null) return { ok: false, reason: reason ?? "token_malformed" };
  const { header, claims } = read;
  const key = await signingKey(token, read, keySource, background);
  return typeof key === "string" ? { ok: false, reason: key } : { ok: true, claims, header, key };
}

/** The key that signed it, or why none did. Throws as `verifyToken` does. */
export async function signingKey(
  token: string,
  { header, signatureLength }: Pick<ReadToken, "header" | "signatureLength">,
  keySource: KeySource,
  background?: Background,
): Promise<CryptoKey | "key_not_found" | "signature_invalid"> {
  const key = keySource.peek?.(header) ?? (await keySource.find(header, background));
  if (key === null) return "key_not_found";
  // A signature of the wrong length is the sender's fault; what fails with the right length is the runtime's.
  const isSigned = signatureLength === signatureBytes(key) && (await isSignedBy(token, key, header.alg));
  return isSigned ? key : "signature_invalid";
}

/** Everything that can be said without a key; `null` when all is well so far. */
function refusal({ header, claims, signatureLength }: ReadToken, options: VerifyTokenOptions): TokenReason | null {
  const algorithms: readonly string[] = options.algorithms ?? DEFAULT_ALGORITHMS;
  if (!algorithms.includes(header.alg)) return "alg_not_allowed";
  if (signatureLength === 0) return "signature_invalid";
  const stranger = strangeToken({ header, claims }, options);
  if (stranger !== null) return stranger;
  const now = readClock(options);
  if (now >= claims.exp + (options.toleranceSeconds ?? 0)) return "token_expired";
  const latest = now + SKEW_SECONDS;
  return claims.iat > latest || (claims.nbf ?? 0) > latest ? "token_not_yet_valid" : null;
}

/** Why this is no token of the issuer, or not for the recipient, that the options name; `null` when it says it is. */
export function strangeToken(
  { header, claims }: Pick<ReadToken, "header" | "claims">,
  options: VerifyTokenOptions,
): "issuer_mismatch" | "recipient_mismatch" | null {
  const { issuer } = options;
  if (typeof issuer === "string" ? claims.iss !== issuer : !issuer.includes(claims.iss)) return "issuer_mismatch";
  const isMeant = options.kind === "id_token" ? isIdTokenForUs : isAccessTokenForUs;
  return isMeant(header.typ, claims, options) ? null : "recipient_mismatch";
}

/** Claims that only an ID token (OpenID Connect Core §2, §3.3.2.11) or a security event (RFC 8417 §2.2) has. */
const FOREIGN_CLAIMS = ["nonce", "at_hash", "c_hash", "events"];

/**
 * RFC 8725 §3.11: tokens of one issuer for one client must not stand in for each other. A token that says `at+jwt`
 * (RFC 9068 §2.1) is believed; `JWT` or silence, which most providers write, is believed unless the claims say otherwise.
 */
function isAccessTokenForUs(typ: string | undefined, claims: AccessTokenClaims, options: VerifyTokenOptions): boolean {
  const type = mediaType(typ);
  const isAccessToken = isPlain(type) && !FOREIGN_CLAIMS.some((name) => Object.hasOwn(claims, name));
  if (type !== "at+jwt" && !isAccessToken) return false;
  const expected = recipientOf(options);
  const { aud, client_id } = claims;
  if (options.audience === undefined && client_id !== undefined) return client_id === expected;
  return names(aud, expected);
}

/** OpenID Connect Core §3.1.3.7, items 3 to 5: it is for us, and nobody else was meant to present it. */
function isIdTokenForUs(typ: string | undefined, claims: AccessTokenClaims, options: VerifyTokenOptions): boolean {
  if (!isPlain(mediaType(typ)) || Object.hasOwn(claims, "events")) return false;
  const expected = recipientOf(options);
  const { aud, azp } = claims;
  const isShared = typeof aud !== "string" && (aud?.length ?? 0) > 1;
  return names(aud, expected) && (azp === undefined ? !isShared : azp === expected);
}

/** A media type without its `application/` (RFC 7515 §4.1.9), which knows no upper and lower case. */
export function mediaType(typ: string | undefined): string | undefined {
  return typ?.toLowerCase().replace(/^application\//, "");
}

function isPlain(type: string | undefined): boolean {
  return type === undefined || type === "jwt";
}

function recipientOf({ audience, clientId }: VerifyTokenOptions): string {
  const expected = audience ?? clientId;
  // Reached from JavaScript with an unset variable: without a recipient every token of the issuer would pass.
  if (!expected) refuseConfig(["`verify` needs `clientId` or `audience`: without one, tokens of others would pass."]);
  return expected ?? "";
}

function names(aud: AccessTokenClaims["aud"], expected: string): boolean {
  return typeof aud === "string" ? aud === expected : (aud?.includes(expected) ?? false);
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
