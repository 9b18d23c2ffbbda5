import type { LoginFailureReason } from "../base/failure.js";
import type { UpstreamTokens, User } from "../provider/provider.js";
import type { AccessTokenClaims } from "../token/claims.js";

/** A sign-in that succeeded, before its cookie is set. */
export interface LoginEvent {
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
}
