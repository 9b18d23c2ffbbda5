/**
 * What a provider needs beyond the standard: `oidc({ ...google, clientId, clientSecret, redirectUri })`. Their `issuer`
 * serves `oidcTokens`, too.
 */
export interface OidcPreset {
  readonly issuer: string;
  readonly authorizationParameters?: Readonly<Record<string, string>>;
  readonly organizationParameter?: string;
  readonly logoutReturnParameter?: string;
  readonly revokeOnLogout?: boolean;
}

/**
 * Refresh tokens are asked for in a way of Google's own, and given only together with a consent. Revoking one would
 * sign the person out of this app on every device. Its access tokens are for Google alone.
 */
export const google: OidcPreset = {
  issuer: "https://accounts.google.com",
  authorizationParameters: { access_type: "offline", prompt: "consent" },
  revokeOnLogout: false,
};

/** Entra ID, for one tenant by its id. For `common` tokens come from as many issuers as there are tenants. */
export function microsoft(tenantId: string): OidcPreset {
  return { issuer: `https://login.microsoftonline.com/${tenantId}/v2.0` };
}

/** `domain`: `example.okta.com`. The custom server `default` signs access tokens that can be verified (`audience`). */
export function okta(domain: string, authorizationServer: string | null = "default"): OidcPreset {
  return { issuer: `https://${domain}${authorizationServer === null ? "" : `/oauth2/${authorizationServer}`}` };
}

/**
 * `domain`: `example.eu.auth0.com`. With `audience` (also passed to `oidc`) its access tokens are JWTs. Revoking a refresh
 * token would, unless the tenant is set otherwise, sign the person out of this app on every device.
 */
export function auth0(domain: string, audience?: string): OidcPreset {
  return {
    issuer: `https://${domain}/`,
    organizationParameter: "organization",
    revokeOnLogout: false,
    ...(audience !== undefined && { authorizationParameters: { audience } }),
  };
}

/** `poolId`: `eu-west-1_AbCdEf`, which begins with its region. */
export function cognito(poolId: string): OidcPreset {
  const region = poolId.split("_")[0] ?? "";
  return {
    issuer: `https://cognito-idp.${region}.amazonaws.com/${poolId}`,
    logoutReturnParameter: "logout_uri",
  };
}
