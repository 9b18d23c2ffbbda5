import { resolveRuntime } from "../base/runtime.js";
import type { TokenAlgorithm } from "../token/algorithms.js";
import { discoveryUrl } from "../token/discovery.js";
import { readToken } from "../token/read-token.js";
import { checkIdToken, type OidcTokens, readTokens } from "./oidc-answer.js";
import { createOidcClient, MALFORMED } from "./oidc-client.js";
import { createDiscovery, type OidcServer } from "./oidc-discovery.js";
import { checkOidcOptions, checkTokensOptions, type OidcOptions, type OidcTokensOptions } from "./oidc-options.js";
import { describeUser } from "./oidc-user.js";
import { isCodeVerifier } from "./pkce.js";
import type { LoginOptions, Provider, ProviderAnswer, TokenTrust } from "./provider.js";

const SCOPES = ["openid", "profile", "email", "offline_access"];
const ALGORITHMS: readonly TokenAlgorithm[] = ["RS256", "PS256", "ES256", "EdDSA"];

/** Any OpenID Connect provider with a discovery document. Throws `config_invalid` with every problem of the options. */
export function oidc(options: OidcOptions): Provider {
  checkOidcOptions(options);
  const { issuer, clientId, redirectUri, algorithms = ALGORITHMS } = options;
  const trust = trustIn(options);
  const restsOnIdToken = trust.verify.kind === "id_token";
  const runtime = resolveRuntime(options);
  const { fetch, now } = runtime;
  const discover = createDiscovery(issuer, runtime);
  const client = createOidcClient(options, runtime, discover);

  async function signIn(tokens: OidcTokens, server: OidcServer, nonce: string | undefined): Promise<ProviderAnswer> {
    const party = { server, clientId, algorithms, now: now() };
    const claims = await checkIdToken(party, tokens, { call: "sign-in", nonce });
    if (claims === null) return { ok: false, final: true, reason: "id_token_invalid" };
    const { accessToken, expiresIn, scopes } = tokens;
    const user = await describeUser(claims, { endpoint: server.userinfo_endpoint, accessToken, fetch });
    const answer = sessionTokens(tokens, restsOnIdToken);
    if (!answer.ok || !restsOnIdToken) return answer.ok ? { ...answer, user } : answer;
    // Nothing of ours needs it; an app that calls the provider's other services may.
    const upstreamTokens = {
      accessToken,
      ...(expiresIn !== undefined && { expiresAt: now() + expiresIn }),
      ...(scopes && { scopes }),
    };
    return { ...answer, user, upstreamTokens };
  }

  async function renewed(tokens: OidcTokens, server: OidcServer): Promise<ProviderAnswer> {
    const answer = sessionTokens(tokens, restsOnIdToken);
    if (!answer.ok || tokens.idToken === undefined) return answer;
    const claims = await checkIdToken({ server, clientId, algorithms, now: now() }, tokens, { call: "refresh" });
    // Two tokens of one answer that speak of different people speak of nobody.
    return claims !== null && claims.sub === readToken(answer.accessToken)?.claims.sub ? answer : MALFORMED;
  }

  return {
    ...trust,
    logoutTokens: { issuer, clientId, algorithms },

    async authorizationUrl(input) {
      return authorizationUrl(options, await discover(), input);
    },

    async acceptsIssuer(answering) {
      if (answering !== undefined) return answering === issuer;
      return (await discover()).authorization_response_iss_parameter_supported !== true;
    },

    async exchange({ code, codeVerifier, nonce }) {
      if (!isCodeVerifier(codeVerifier)) throw new RangeError("A code is exchanged with its PKCE verifier only.");
      const parameters = {
        grant_type: "authorization_code",
        code,
        redirect_uri: redirectUri,
        code_verifier: codeVerifier,
      };
      const answer = await client.askForTokens("sign-in", parameters);
      if ("ok" in answer) return answer;
      const tokens = readTokens(answer.text);
      return tokens?.idToken === undefined ? MALFORMED : signIn(tokens, answer.server, nonce);
    },

    async refresh({ refreshToken }) {
      const parameters = { grant_type: "refresh_token", refresh_token: refreshToken };
      const answer = await client.askForTokens("refresh", parameters);
      if ("ok" in answer) return answer;
      const tokens = readTokens(answer.text);
      return tokens === null ? MALFORMED : renewed(tokens, answer.server);
    },

    async logoutUrl({ sid, returnTo }) {
      const { end_session_endpoint: endpoint } = await discover();
      if (endpoint === undefined) return null;
      const url = new URL(endpoint);
      url.searchParams.set("client_id", clientId);
      if (sid !== undefined) url.searchParams.set("logout_hint", sid);
      if (returnTo !== undefined) {
        url.searchParams.set(options.logoutReturnParameter ?? "post_logout_redirect_uri", returnTo);
      }
      return url.href;
    },

    async revoke({ refreshToken }) {
      if (refreshToken !== undefined && options.revokeOnLogout !== false) await client.revoke(refreshToken);
    },
  };
}

/** For `createValidator`: no secret, no redirect URI. Throws `config_invalid` with every problem of the options. */
export function oidcTokens(options: OidcTokensOptions): TokenTrust {
  checkTokensOptions(options);
  return trustIn(options);
}

function trustIn(options: OidcOptions | OidcTokensOptions): TokenTrust {
  const { issuer, algorithms = ALGORITHMS, clientId, audience, sessionToken } = options;
  const kind = sessionToken ?? (audience === undefined ? "id_token" : "access_token");
  return {
    name: issuer,
    jwksUrl: ("jwksUrl" in options ? options.jwksUrl : undefined) ?? discoveryUrl(issuer),
    verify: { issuer, algorithms, kind, ...(audience === undefined ? { clientId } : { audience }) },
  };
}

function authorizationUrl(
  options: OidcOptions,
  server: OidcServer,
  input: { readonly state: string; readonly codeChallenge: string; readonly nonce?: string } & LoginOptions,
): string {
  const { clientId, redirectUri, authorizationParameters, organizationParameter } = options;
  const { state, codeChallenge, nonce, screen, organizationId, loginHint, maxAgeSeconds } = input;
  const offered = server.scopes_supported ?? SCOPES;
  const scopes = options.scopes ?? SCOPES.filter((scope) => scope !== "offline_access" || offered.includes(scope));
  const url = new URL(server.authorization_endpoint);
  const parameters: Readonly<Record<string, string>> = {
    // OpenID Connect "Initiating User Registration": asked only of a provider that says it knows it.
    ...(screen === "sign-up" && isListed(server.prompt_values_supported, "create") && { prompt: "create" }),
    // Both have to be known (OpenID Connect Core §15.1); providers that look at one of them alone look at either.
    ...(maxAgeSeconds !== undefined && { prompt: "login" }),
    ...authorizationParameters,
    ...(maxAgeSeconds !== undefined && { max_age: String(maxAgeSeconds) }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
    ...(organizationId !== undefined &&
      organizationParameter !== undefined && { [organizationParameter]: organizationId }),
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: scopes.join(" "),
    state,
    ...(nonce !== undefined && { nonce }),
    code_challenge: codeChallenge,
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

function isListed(list: unknown, value: string): boolean {
  return Array.isArray(list) && list.includes(value);
}

/** The tokens a session keeps; a provider that leaves out the one it rests on has not answered as promised. */
function sessionTokens({ accessToken, idToken, refreshToken }: OidcTokens, restsOnIdToken: boolean): ProviderAnswer {
  const token = restsOnIdToken ? idToken : accessToken;
  if (token === undefined) return MALFORMED;
  return { ok: true, accessToken: token, ...(refreshToken !== undefined && { refreshToken }) };
}
