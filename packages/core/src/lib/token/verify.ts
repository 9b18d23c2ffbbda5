import type { TokenReason } from "../base/failure.js";
import type { ClockOption } from "../base/ports.js";
import type { AccessTokenClaims } from "./claims.js";

/** Exactly one way to say who the token is for; WorkOS has no `aud`. */
export type TokenRecipient =
  | { readonly audience: string; readonly clientId?: never }
  | { readonly clientId: string; readonly audience?: never };

export type VerifyTokenOptions = ClockOption &
  TokenRecipient & {
    /** Compared exactly; a list names alternatives. */
    readonly issuer: string | readonly [string, ...string[]];
    /** Default: `["RS256"]`. */
    readonly algorithms?: readonly ("RS256" | "ES256" | "EdDSA" | "PS256")[];
    /** For `exp`, in seconds. Default 0. `nbf` and `iat` always tolerate 60 s of skew. */
    readonly toleranceSeconds?: number;
  };

export type VerifiedToken =
  | { readonly ok: true; readonly claims: AccessTokenClaims }
  | { readonly ok: false; readonly reason: TokenReason };
