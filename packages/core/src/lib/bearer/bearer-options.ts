import type { Background, Runtime } from "../base/ports.js";
import type { TokenTrust } from "../provider/provider.js";
import type { Machine, RequestAuth } from "../session/request-auth.js";
import type { AccessTokenClaims } from "../token/claims.js";
import type { KeySource } from "../token/key-source.js";
import type { ApiKeyLookup } from "./api-keys.js";
import type { EndingParts } from "./refuse-ended.js";
import type { RouteModes } from "./route-modes.js";

interface SharedOptions {
  /** Where `Authorization: Bearer` is read, and whether the cookie is read there, too. Everywhere else it is not looked at. */
  readonly routes: RouteModes;
  /**
   * Access tokens of people: `oidcTokens({ issuer, audience })`, or `workosTokens({ clientId })` for those of AuthKit sessions.
   * Absent: people come with the cookie alone.
   */
  readonly users?: TokenTrust;
  /**
   * Whether nobody stands behind a token but a program. Asked before the token is verified, and believed only if it then is.
   * Default: by the ways in which Auth0, Entra ID, Keycloak, Okta, WorkOS and every provider of RFC 9068 say so.
   */
  readonly isMachine?: (claims: AccessTokenClaims) => boolean;
}

interface MachineOptions {
  /** Access tokens of programs (client credentials): `oidcTokens({ issuer, audience })`. Absent: none is let in. */
  readonly machines?: TokenTrust;
  /** Whom an API key stands for. Absent: there are no keys. */
  readonly apiKeys?: ApiKeyLookup;
}

export type BearerOptions = SharedOptions & MachineOptions;

/** Nobody but people. */
export type PeopleOptions = SharedOptions & {
  readonly users: TokenTrust;
  readonly machines?: never;
  readonly apiKeys?: never;
};

/** Header tokens of one configuration, for the option `bearer`. `M`: `Machine` where programs may come, else `never`. */
export interface BearerTokens<M extends Machine = Machine> {
  /** @internal */
  connect(parts: CallerParts): Callers<M>;
}

/** Who asks, where a header may say so. */
export interface Callers<M extends Machine = Machine> {
  /** Whether a header alone decides who asks. */
  isByHeader(request: Request): boolean;
  /** By the one credential this route takes; `byCookie` when that is the session's cookie. */
  validate(
    request: Request,
    background: Background | undefined,
    byCookie: () => Promise<RequestAuth>,
  ): Promise<RequestAuth | M>;
}

/** What the composition root lends. */
export interface CallerParts extends EndingParts {
  readonly runtime: Runtime;
  /** Relative: where to sign in. */
  readonly loginPath: string;
  /** Every cookie that a session may come in. */
  readonly cookieNames: readonly string[];
  /** One for each address, shared with the sessions. */
  keySourceAt(jwksUrl: string): KeySource;
}
