import type { AnonymousReason, UnavailableReason } from "../base/failure.js";
import type { PermissionSubject } from "../identity/permissions.js";
import type { Missing } from "../identity/requirement.js";
import type { Impersonator, User } from "../provider/provider.js";
import type { AccessTokenClaims } from "../token/claims.js";

/** One of three states; `switch (auth.state)` narrows. */
export type RequestAuth = Authenticated | Anonymous | Unavailable;

export interface Answer {
  /** Set-Cookie, Cache-Control, Vary to append. `apply` does it for you, on immutable responses and upgrades too. */
  readonly headers: Headers;
  apply(response: Response): Response;
}

/**
 * A signed-in person. Safe to serialise: `JSON.stringify` gives the fields of `GET /auth/me`, no token. Deeply frozen.
 * Machine callers get a state of their own (later), so code comparing with "authenticated" never lets one in by accident.
 */
export interface Authenticated extends Answer, PermissionSubject {
  readonly state: "authenticated";
  readonly user: User;
  readonly sessionId: string;
  readonly organizationId?: string;
  readonly impersonator?: Impersonator;
  readonly role?: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly entitlements: readonly string[];
  readonly featureFlags: readonly string[];
  /** Verified claims as the provider wrote them. */
  readonly claims: AccessTokenClaims;
  /** For calls upstream. Not enumerable: spread, JSON and logs do not carry it. There is no refresh token here. */
  readonly accessToken: string;
  /** This request renewed the tokens. */
  readonly refreshed: boolean;
  /** `exp` of the access token, in epoch seconds. */
  readonly expiresAt: number;
  /** The provider is down; we go on until the token ends. */
  readonly degraded: boolean;
  /** 403 with a typed body saying what was missing. A page load that lacks a recent sign-in is sent to sign in again. */
  deny(missing: Missing): Response;
  toJSON(): Extract<PublicSession, { readonly state: "authenticated" }>;
}

export interface Anonymous extends Answer {
  readonly state: "anonymous";
  /** For logs and metrics; the wire says only `unauthenticated`. */
  readonly reason: AnonymousReason;
  /** 401 JSON with `loginUrl`, or 302 for a navigation; the cookie is cleared only when its session is over. */
  deny(): Response;
}

export interface Unavailable extends Answer {
  readonly state: "unavailable";
  readonly reason: UnavailableReason;
  readonly retryAfterSeconds: number;
  /** 503 with `Retry-After`; the cookie is not touched. */
  deny(): Response;
}

/** Body of `GET /auth/me`: 200 in both cases. */
export type PublicSession =
  | { readonly state: "anonymous" }
  | {
      readonly state: "authenticated";
      readonly user: User;
      readonly sessionId: string;
      readonly organizationId?: string;
      readonly role?: string;
      readonly roles: readonly string[];
      readonly permissions: readonly string[];
      readonly entitlements: readonly string[];
      readonly featureFlags: readonly string[];
      readonly impersonator?: Impersonator;
      readonly expiresAt: number;
    };
