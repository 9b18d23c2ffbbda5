/** Claims of an access token as the provider wrote them; the named ones are checked to have these types. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly exp: number;
  readonly iat: number;
  readonly sid?: string;
  readonly jti?: string;
  readonly client_id?: string;
  readonly auth_time?: number;
  readonly org_id?: string;
  readonly role?: string;
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
  readonly entitlements?: readonly string[];
  readonly feature_flags?: readonly string[];
  readonly [claim: string]: unknown;
}
