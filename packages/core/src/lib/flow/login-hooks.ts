import type { LoginFailureReason } from "../base/failure.js";
import type { Organization, UpstreamTokens, User } from "../provider/provider.js";
import type { AccessTokenClaims } from "../token/claims.js";

/** A sign-in that succeeded, before its cookie is set. */
export interface LoginEvent {
  /** Who it is: `user.id` (with the issuer in `claims.iss`). An e-mail address names nobody for certain. */
  readonly user: User;
  readonly organizationId?: string;
  readonly sessionId: string;
  readonly claims: AccessTokenClaims;
  /** Of the provider the person came through (Google, GitHub …), where the identity provider hands them out. */
  readonly upstreamTokens?: UpstreamTokens;
  readonly request: Request;
}

/** A sign-in that did not finish. */
export interface LoginFailure {
  readonly reason: LoginFailureReason;
  readonly request: Request;
  /**
   * With `organization_selection_required`: what to choose from. The page posts `organizationId` and `pending=1` as a
   * form to `/auth/switch-org`.
   */
  readonly organizations?: readonly Organization[];
}

/** Runs after a successful sign-in, before the cookie is set. Return a path to override `returnTo`; throw to refuse. */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook without `return` must fit
export type OnLogin = (login: LoginEvent) => void | string | Promise<void | string>;

/** Page for failed sign-ins. Not asked for where a script is told: `POST /auth/token` answers JSON. */
export type OnLoginFailure = (failure: LoginFailure) => Response | Promise<Response>;
