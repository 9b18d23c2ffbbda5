export { oidc, oidcTokens } from "../lib/provider/oidc.js";
export type { OidcOptions, OidcTokensOptions } from "../lib/provider/oidc-options.js";
export { auth0, cognito, google, microsoft, type OidcPreset, okta } from "../lib/provider/oidc-presets.js";
