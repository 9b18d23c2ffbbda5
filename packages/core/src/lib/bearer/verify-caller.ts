import type { TokenReason } from "../base/failure.js";
import type { Background } from "../base/ports.js";
import type { AccessTokenClaims } from "../token/claims.js";
import type { KeySource } from "../token/key-source.js";
import { readToken } from "../token/read-token.js";
import { verifyToken } from "../token/verify.js";
import type { BearerOptions } from "./bearer-options.js";
import { isAccessToken, isOfMachine } from "./caller.js";

/** Nobody can renew such a token for us, so a clock that is a little off is forgiven. */
const TOLERANCE_SECONDS = 5;

export type CallerRefusal = TokenReason | "caller_not_enabled";

export type VerifiedCaller =
  | {
      readonly ok: true;
      readonly claims: AccessTokenClaims;
      readonly isMachine: boolean;
      /** `name` of the trust: whose ids the claims hold. */
      readonly provider: string;
    }
  | { readonly ok: false; readonly reason: CallerRefusal };

export type VerifyCaller = (token: string, now: number, background: Background | undefined) => Promise<VerifiedCaller>;

/**
 * Each kind of caller has its own trust, and a token is held against that of its kind alone: a program never passes for a
 * person because both come from one issuer. Throws `keys_unreachable`, `crypto_failure` when nobody can say.
 */
export function createVerifier(
  { users, machines, isMachine = isOfMachine }: BearerOptions,
  parts: { keySourceAt(jwksUrl: string): KeySource },
): VerifyCaller {
  const people = users && { ...users, keySource: parts.keySourceAt(users.jwksUrl) };
  const programs = machines && { ...machines, keySource: parts.keySourceAt(machines.jwksUrl) };

  return async (token, now, background) => {
    const read = readToken(token);
    if (read === null) return { ok: false, reason: "token_malformed" };
    const isProgram = judge(isMachine, read.claims);
    if (isProgram === null) return { ok: false, reason: "token_malformed" };
    const trust = isProgram ? programs : people;
    if (trust === undefined) return { ok: false, reason: "caller_not_enabled" };
    const options = { ...trust.verify, toleranceSeconds: TOLERANCE_SECONDS, now: () => now };
    const verified = await verifyToken(token, trust.keySource, options, background);
    if (!verified.ok) return verified;
    if (!isAccessToken(read, trust.verify)) return { ok: false, reason: "recipient_mismatch" };
    return { ok: true, claims: verified.claims, isMachine: isProgram, provider: trust.name };
  };
}

/** `null` where the app's own rule throws: anybody can write claims that nobody has verified yet, to make it do so. */
function judge(isMachine: NonNullable<BearerOptions["isMachine"]>, claims: AccessTokenClaims): boolean | null {
  try {
    return isMachine(claims);
  } catch {
    return null;
  }
}
