import type { AnonymousReason, UnavailableReason } from "../base/failure.js";
import type { PermissionSubject } from "../identity/permissions.js";
import type { Missing } from "../identity/requirement.js";
import type { Impersonator, User } from "../provider/provider.js";
import type { AccessTokenClaims } from "../token/claims.js";

/** One of three states; `switch (auth.state)` narrows. Where programs may come (`bearer`), `Machine` is a fourth. */
export type RequestAuth = Authenticated | Anonymous | Unavailable;

export interface Answer {
  /** Set-Cookie, Cache-Control, Vary to append. `apply` does it for you, on immutable responses and upgrades too. */
  readonly headers: Headers;
  apply(response: Response): Response;
}

/**
 * A signed-in person. Safe to serialise: `JSON.stringify` gives the fields of `GET /auth/me`, no token. Deeply frozen.
 * Programs have a state of their own (`Machine`), so code comparing with "authenticated" never lets one in by accident.
 */
export interface Authenticated extends Answer, PermissionSubject {
  readonly state: "authenticated";
  readonly user: User;
  /** With a header token: the provider's own session id, or a name that this token alone has. */
  readonly sessionId: string;
  /** They came with a header, so no cookie is set: a token, or a program's session. Absent: with the session's cookie. */
  readonly credential?: "header";
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

/** A program: a token of client credentials, or an API key. Safe to serialise, deeply frozen; nothing of it is a person. */
export interface Machine extends Answer, PermissionSubject {
  readonly state: "machine";
  /** Of the token, or what the look-up of API keys said. */
  readonly clientId: string;
  readonly organizationId?: string;
  readonly roles: readonly string[];
  /** What it was granted: the scopes of its token and the `permissions` claim, or what the look-up said. */
  readonly permissions: readonly string[];
  /** Verified claims as the provider wrote them. Absent: it came with an API key. */
  readonly claims?: AccessTokenClaims;
  /** Of the credential, in epoch seconds. Absent: a key that does not end by itself. */
  readonly expiresAt?: number;
  /** 403 saying what was missing; without an argument that it is no person. */
  deny(missing?: Missing): Response;
  /** Without the claims. */
  toJSON(): MachineFacts & { readonly state: "machine" };
}

export type MachineFacts = Pick<Machine, "clientId" | "organizationId" | "roles" | "permissions" | "expiresAt">;

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
