import type { TokenAlgorithm } from "../token/algorithms.js";
import type { VerifyTokenOptions } from "../token/verify.js";

export interface User {
  readonly id: string;
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly profilePictureUrl?: string;
}

export interface Impersonator {
  readonly email: string;
  readonly reason?: string;
}

export interface Organization {
  readonly id: string;
  readonly name?: string;
  readonly role?: string;
}

export interface LoginOptions {
  /** A path of the own origin; anything else falls back to `/`. */
  readonly returnTo?: string;
  readonly screen?: "sign-in" | "sign-up";
  readonly organizationId?: string;
  readonly loginHint?: string;
  /**
   * Whole seconds: whose sign-in at the provider lies further back signs in anew (`max_age` of OpenID Connect Core
   * §3.1.2.1). An answer of the provider that says otherwise, or nothing, fails. Absent: however long ago will do.
   */
  readonly maxAgeSeconds?: number;
}

/** Whose access tokens are believed, and how they are checked. */
export interface TokenTrust {
  readonly name: string;
  /** Of the JWK set, or of the discovery document that names it (`…/.well-known/openid-configuration`). */
  readonly jwksUrl: string;
  readonly verify: VerifyTokenOptions;
}

export interface LogoutTokenTrust {
  readonly issuer: string;
  /** The one that must be in `aud`. */
  readonly clientId: string;
  readonly algorithms: readonly TokenAlgorithm[];
}

/**
 * An identity provider. It throws nothing for what the provider said or failed to say: that is the answer's `final`.
 * `final: true` means that the provider itself ended it; everything else, an unreadable 4xx included, is `final: false`.
 */
export interface Provider extends TokenTrust {
  /**
   * Whose log-out tokens are believed (OpenID Connect Back-Channel Logout 1.0): who issues them, for which client. Absent: this
   * provider sends none.
   */
  readonly logoutTokens?: LogoutTokenTrust;
  authorizationUrl(
    input: { readonly state: string; readonly codeChallenge: string; readonly nonce?: string } & LoginOptions,
  ): Promise<string>;
  /**
   * Whether a callback may be this provider's: its `iss` (RFC 9207), or that it came without one. Left out: `iss` says
   * nothing. Throws when nobody can say.
   */
  acceptsIssuer?(issuer: string | undefined): Promise<boolean>;
  /** `nonce`: what the authorization URL was made with, for a provider that writes it into an ID token. */
  exchange(input: {
    readonly code: string;
    readonly codeVerifier: string;
    readonly nonce?: string;
  }): Promise<ProviderAnswer>;
  refresh(input: { readonly refreshToken: string; readonly organizationId?: string }): Promise<ProviderAnswer>;
  /** Finishes a sign-in that stopped at `organization_selection_required`, where the provider knows such a stop. */
  selectOrganization?(input: {
    readonly pendingToken: string;
    readonly organizationId: string;
  }): Promise<ProviderAnswer>;
  /** `sid`: the provider's own session id, from the access token's claims. `null`: nowhere to send the browser. */
  logoutUrl(input: { readonly sid?: string; readonly returnTo?: string }): string | null | Promise<string | null>;
  /** Ends the session at the provider, where it can be ended without a browser. */
  revoke?(input: { readonly sid?: string; readonly refreshToken?: string }): Promise<void>;
  /** Organisations this user may switch to, where the provider can tell. */
  organizations?(input: { readonly userId: string }): Promise<readonly Organization[]>;
}

/** Of the provider the person came through (Google, GitHub …), where the identity provider hands them out. */
export interface UpstreamTokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** Epoch seconds. Absent: the provider did not say. */
  readonly expiresAt?: number;
  readonly scopes?: readonly string[];
}

export interface ProviderTokens {
  readonly ok: true;
  readonly accessToken: string;
  /** Absent: the one that was sent stays good. */
  readonly refreshToken?: string;
  readonly user?: User;
  readonly organizationId?: string;
  readonly impersonator?: Impersonator;
  readonly upstreamTokens?: UpstreamTokens;
}

export type ProviderRefusal =
  | {
      readonly ok: false;
      readonly final: true;
      /**
       * The provider's own code (`invalid_grant`, `sso_required` …): safe to log, at most 64 characters of `[a-z0-9_.-]`.
       * `id_token_invalid`, of a sign-in only: it gave tokens, and an ID token that is not the answer to this sign-in.
       */
      readonly reason: string;
      /** With `organization_selection_required`: what `selectOrganization` needs. */
      readonly pending?: { readonly token: string; readonly organizations: readonly Organization[] };
    }
  | {
      readonly ok: false;
      readonly final: false;
      /** `provider_malformed`: it answered, but not with what its protocol promises. Default `provider_unreachable`. */
      readonly reason?: "provider_unreachable" | "provider_malformed";
      /**
       * The provider's own code, in the form of a final `reason`, where it refused without ending the session: a switch
       * to an organisation the person is no member of. Absent when it did not answer, or answered a rate limit.
       */
      readonly code?: string;
      readonly retryAfterSeconds?: number;
    };

export type ProviderAnswer = ProviderTokens | ProviderRefusal;
