import { isRecord } from "../base/json.js";
import type { Background } from "../base/ports.js";
import type { LogoutTokenTrust } from "../provider/provider.js";
import { isRevocableId } from "../session/revocation-names.js";
import type { KeySource } from "../token/key-source.js";
import { readJws } from "../token/read-token.js";
import { mediaType, signingKey } from "../token/verify.js";

/** Why a log-out token was not accepted; for the event alone. */
export type LogoutTokenReason =
  | "token_malformed"
  | "alg_not_allowed"
  | "type_mismatch"
  | "issuer_mismatch"
  | "recipient_mismatch"
  | "token_expired"
  | "token_not_yet_valid"
  | "no_jti"
  | "no_logout_event"
  | "has_nonce"
  | "nobody_named"
  | "key_not_found"
  | "signature_invalid";

export interface AcceptedLogoutToken {
  readonly ok: true;
  readonly issuer: string;
  readonly jti: string;
  /** From here on it is no longer accepted, so its `jti` need not be remembered. Epoch seconds. */
  readonly forgetAt: number;
  readonly sid?: string;
  readonly sub?: string;
}

export interface LogoutTokenCheck {
  readonly trust: LogoutTokenTrust;
  readonly keySource: KeySource;
  readonly now: number;
}

const EVENT = "http://schemas.openid.net/event/backchannel-logout";
const SKEW_SECONDS = 60;
/** §4 asks for two minutes. A token for longer than a day would have to be remembered for longer than a day. */
const MAX_LIFE_SECONDS = 86_400;
const MAX_AUDIENCES = 16;

/**
 * OpenID Connect Back-Channel Logout 1.0 §2.6, in its order but for the signature, which comes last: what costs nothing never
 * makes anybody fetch a key. Throws `keys_unreachable` and `crypto_failure` as `verifyToken` does.
 */
export async function checkLogoutToken(
  token: string,
  { trust, keySource, now }: LogoutTokenCheck,
  background?: Background,
): Promise<AcceptedLogoutToken | { readonly ok: false; readonly reason: LogoutTokenReason }> {
  const read = readJws(token);
  if (read === null) return { ok: false, reason: "token_malformed" };
  const { header, payload } = read;
  if (!trust.algorithms.some((algorithm) => algorithm === header.alg)) return { ok: false, reason: "alg_not_allowed" };
  const reason = typeProblem(header.typ) ?? claimProblem(payload, trust, now);
  if (reason !== null) return { ok: false, reason };
  const { jti, exp, sid, sub } = payload;
  if (typeof jti !== "string" || typeof exp !== "number") return { ok: false, reason: "token_malformed" };
  const key = await signingKey(token, read, keySource, background);
  if (typeof key === "string") return { ok: false, reason: key };
  return {
    ok: true,
    issuer: trust.issuer,
    jti,
    forgetAt: Math.ceil(exp) + SKEW_SECONDS,
    ...(isRevocableId(sid) && { sid }),
    ...(isRevocableId(sub) && { sub }),
  };
}

/**
 * §2.4 recommends `logout+jwt`, and many providers write `JWT` or nothing. That is believed for what the `events` claim says,
 * which no ID token and no access token of ours may have. Every other type is another kind of token (RFC 8725 §3.11).
 */
function typeProblem(typ: string | undefined): LogoutTokenReason | null {
  const type = mediaType(typ);
  return type === undefined || type === "jwt" || type === "logout+jwt" ? null : "type_mismatch";
}

function claimProblem(
  claims: Readonly<Record<string, unknown>>,
  { issuer, clientId }: LogoutTokenTrust,
  now: number,
): LogoutTokenReason | null {
  const { iss, aud, iat, exp, jti, events, sid, sub } = claims;
  if (iss !== issuer) return "issuer_mismatch";
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.length > MAX_AUDIENCES || !audiences.includes(clientId)) return "recipient_mismatch";
  if (!isTime(iat) || !isTime(exp)) return "token_malformed";
  if (now >= exp + SKEW_SECONDS) return "token_expired";
  if (iat > now + SKEW_SECONDS || exp > now + MAX_LIFE_SECONDS) return "token_not_yet_valid";
  if (!isRevocableId(jti)) return "no_jti";
  if (!isRecord(events) || !Object.hasOwn(events, EVENT) || !isRecord(events[EVENT])) return "no_logout_event";
  // §2.4: so that it can never pass for an ID token.
  if (Object.hasOwn(claims, "nonce")) return "has_nonce";
  const isNamed = (id: unknown): boolean => id === undefined || isRevocableId(id);
  return isNamed(sid) && isNamed(sub) && (sid !== undefined || sub !== undefined) ? null : "nobody_named";
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 1 && value < 2 ** 32;
}
