import type { AuditClient, AuditSink, KeyValueStore, Ledger, Runtime } from "../base/ports.js";
import type { BearerTokens } from "../bearer/bearer-options.js";
import type { CookieOptions } from "../cookie/cookie.js";
import type { OnLogin, OnLoginFailure } from "../flow/login-hooks.js";
import type { SessionStore } from "../flow/opaque-store.js";
import type { Receiver } from "../flow/receiver.js";
import type { SignOn } from "../flow/sign-on.js";
import type { ViaRelay } from "../flow/via-relay.js";
import type { NativeClients } from "../native/native-clients.js";
import type { Provider, TokenTrust } from "../provider/provider.js";
import type { Keyring } from "../seal/keyring.js";
import type { LegacySessions } from "../session/legacy-sessions.js";
import type { Machine } from "../session/request-auth.js";
import type { Revocation } from "../session/revocation.js";
import type { Policies } from "./policies.js";

export interface SharedOptions<M extends Machine = never> extends Partial<Runtime> {
  /** From `parseSessionKeys(env.SESSION_KEYS)`. */
  readonly keyring: Keyring;
  /** Default: `__Host-session`, `SameSite=Lax`. */
  readonly cookie?: CookieOptions;
  /** Separates environments that share keys by mistake. Default "". */
  readonly realm?: string;
  /** Shared copy of the provider's keys, usually `env.AUTH_KV`. Absent: memory of the isolate, then the provider. */
  readonly keyCache?: KeyValueStore;
  /** `bearerTokens` of `@edgeseal/core/bearer`: header tokens and API keys, by route. Absent: no header is looked at. */
  readonly bearer?: BearerTokens<M>;
  /** Where events go: one sink, or several that each get all of them. Absent: nowhere. */
  readonly audit?: AuditSink | readonly AuditSink[];
  /**
   * What events say of who sent the request. Absent: nothing, because every header can be forged. The Workers adapter gives
   * `CF-Connecting-IP` and `User-Agent`; `() => ({})` leaves them out.
   */
  readonly auditClient?: (request: Request) => AuditClient;
  /**
   * `createRevocation` of `@edgeseal/core/revocation`: sessions that were ended before their time are refused. Absent: a cookie
   * goes on until it needs new tokens.
   */
  readonly revocation?: Revocation;
  /**
   * `opaqueStore` of `@edgeseal/core/store`: the cookie holds an id, and sessions lie where they can be listed and ended. Absent:
   * they lie in their cookies.
   */
  readonly store?: SessionStore;
}

export interface ValidatorOptions<M extends Machine = never> extends SharedOptions<M> {
  /** Who issues the access tokens: `workosTokens({ clientId })`. */
  readonly tokens: TokenTrust;
}

export interface AuthOptions<M extends Machine = never> extends SharedOptions<M> {
  readonly provider: Provider;
  /** The namespace of `LedgerObject`. Absent: refreshes are single-flight within one isolate only. */
  readonly ledger?: Ledger;
  /** Runs after a successful sign-in, before the cookie is set. Return a path to override `returnTo`; throw to refuse. */
  readonly onLogin?: OnLogin;
  /** Page for failed sign-ins. Default: a plain page with a code and a link to try again. */
  readonly onLoginFailure?: OnLoginFailure;
  /** Where our routes live. Default `/auth`. */
  readonly routePrefix?: `/${string}`;
  /**
   * `viaRelay()` of `@edgeseal/core/previews`, for a preview whose URL the provider does not know: its answers come by way of
   * `createLoginRelay`. Absent: they come here.
   */
  readonly relay?: ViaRelay;
  /** `legacySessions` of `@edgeseal/core/migrate` moves people in from the layouts before `es1`. Absent: they sign in again. */
  readonly legacy?: LegacySessions;
  /**
   * Where the provider tells us who is to be revoked: `backChannelLogout()`, `workosEvents({ secret })` of
   * `@edgeseal/core/revocation`. Needs `revocation`. Default: none.
   */
  readonly receivers?: readonly Receiver[];
  /**
   * `nativeClients` of `@edgeseal/core/native`: mobile and command-line programs sign in through the browser and send their
   * session in a header. Absent: `/auth/handoff` is off.
   */
  readonly nativeClients?: NativeClients;
  /**
   * `ssoHub`, `ssoDestination` or `ssoNetwork` of `@edgeseal/core/sso`: one sign-in for hosts of different sites. Needs `ledger`.
   * Default: every host for itself.
   */
  readonly sso?: SignOn;
  /** CSRF, CORS, security headers and rate limits, by `@edgeseal/core/policies`. Default: none. */
  readonly policies?: Policies;
  /**
   * Where a request comes from, for the rate limits; an empty text: unknown. Absent: unknown, because any header could be
   * forged. On Workers the adapter gives `CF-Connecting-IP`.
   */
  readonly clientAddress?: (request: Request) => string;
  readonly refresh?: {
    /** How long before its end a token is renewed, in seconds. Default 60; 30 when it lives 5 minutes or less. */
    readonly bufferSeconds?: number;
  };
  readonly lifetime?: {
    /**
     * From sign-in to the end of the session whatever happens. Default 30 days, 400 at most; an hour at most where somebody
     * acts as the person.
     */
    readonly absoluteSeconds?: number;
    /** From the last renewal of the cookie to its end. Default: off. */
    readonly idleSeconds?: number;
  };
}
