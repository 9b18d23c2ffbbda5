// Presets are parts of the options, and a gateway needs neither a secret nor a redirect URI.
import { createValidator, parseSessionKeys, type Validator } from "@edgeseal/core";
import { google, microsoft, oidc, oidcTokens, okta } from "@edgeseal/core/providers/oidc";

const redirectUri = "https://app.example.com/auth/callback";
oidc({ ...google, clientId: "c", clientSecret: "s", redirectUri });
oidc({ ...microsoft("tenant"), clientId: "c", redirectUri });
oidc({ ...okta("dev-1.okta.com"), clientId: "c", redirectUri });

export function gateway(env: Env): Validator {
  const tokens = oidcTokens({ issuer: "https://id.example.com", clientId: env.OIDC_CLIENT_ID });
  return createValidator({ keyring: parseSessionKeys(env.SESSION_KEYS), tokens, keyCache: env.AUTH_KV });
}
