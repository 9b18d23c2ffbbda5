import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import { AuthError } from "../base/errors.js";
import { resolveRuntime } from "../base/runtime.js";
import { isCodeVerifier } from "./pkce.js";
import type { Provider, ProviderAnswer, TokenTrust } from "./provider.js";
import { membershipsOf, tokensOf } from "./workos-answer.js";
import { createLightClient, type UncheckedWorkosClient } from "./workos-client.js";
import {
  readTokensOptions,
  readWorkosOptions,
  type WorkosOptions,
  type WorkosPlace,
  type WorkosTokensOptions,
} from "./workos-options.js";
import { refusalOf } from "./workos-refusal.js";

/** For headers and body; a client passed in may have a longer one of its own, which nobody should wait for. */
const DEADLINE_MILLISECONDS = 8000;

/** AuthKit by WorkOS. Throws `config_invalid` with every problem of the options. */
export function workos(options: WorkosOptions): Provider {
  const place = readWorkosOptions(options);
  const { clientId, redirectUri } = options;
  const { fetch, now } = resolveRuntime(options);
  const { userManagement }: UncheckedWorkosClient =
    options.client ?? createLightClient({ apiUrl: place.apiUrl, clientId, apiKey: options.apiKey, fetch });

  async function authenticate(kind: "sign-in" | "refresh", call: () => Promise<unknown>): Promise<ProviderAnswer> {
    try {
      const answer = await withDeadline(call(), DEADLINE_MILLISECONDS);
      return answer === TIMED_OUT ? { ok: false, final: false } : tokensOf(answer, kind);
    } catch (thrown) {
      return refusalOf(thrown, kind, now()); // the light client's failures, or the exceptions of `@workos-inc/node`
    }
  }

  async function ask(call: () => Promise<unknown>): Promise<unknown> {
    try {
      const answer = await withDeadline(call(), DEADLINE_MILLISECONDS);
      if (answer !== TIMED_OUT) return answer;
    } catch (cause) {
      throw new AuthError("provider_unreachable", "WorkOS refused or failed a call.", { cause: withoutSecrets(cause) });
    }
    throw new AuthError("provider_unreachable", "WorkOS did not answer in time.");
  }

  return {
    ...trustIn(place, clientId),

    async authorizationUrl({ state, codeChallenge, screen, organizationId, loginHint, maxAgeSeconds }) {
      const query = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: "code",
        provider: "authkit",
        state,
        code_challenge: codeChallenge,
        code_challenge_method: "S256",
        ...(screen !== undefined && { screen_hint: screen }),
        ...(organizationId !== undefined && { organization_id: organizationId }),
        ...(loginHint !== undefined && { login_hint: loginHint }),
        ...(maxAgeSeconds !== undefined && { max_age: String(maxAgeSeconds) }),
      });
      return `${place.apiUrl}/user_management/authorize?${query}`;
    },

    async exchange({ code, codeVerifier }) {
      if (!isCodeVerifier(codeVerifier)) throw new RangeError("A code is exchanged with its PKCE verifier only.");
      return authenticate("sign-in", () => userManagement.authenticateWithCode({ clientId, code, codeVerifier }));
    },

    refresh: ({ refreshToken, organizationId }) =>
      // The organisation is named each time: WorkOS picks one by itself otherwise.
      authenticate("refresh", () =>
        userManagement.authenticateWithRefreshToken({
          clientId,
          refreshToken,
          ...(organizationId !== undefined && { organizationId }),
        }),
      ),

    selectOrganization: ({ pendingToken, organizationId }) =>
      authenticate("sign-in", () =>
        userManagement.authenticateWithOrganizationSelection({
          clientId,
          pendingAuthenticationToken: pendingToken,
          organizationId,
        }),
      ),

    logoutUrl({ sid, returnTo }) {
      if (sid === undefined) return null;
      const query = new URLSearchParams({ session_id: sid, ...(returnTo !== undefined && { return_to: returnTo }) });
      return `${place.apiUrl}/user_management/sessions/logout?${query}`;
    },

    async revoke({ sid }) {
      if (sid !== undefined) await ask(() => userManagement.revokeSession({ sessionId: sid }));
    },

    async organizations({ userId }) {
      const answer = await ask(() => userManagement.listOrganizationMemberships({ userId, limit: 100 }));
      const organizations = membershipsOf(answer);
      if (organizations) return organizations;
      throw new AuthError("provider_malformed", "WorkOS answered the list of organisations with something else.");
    },
  };
}

/** For `createValidator`: no API key, no redirect URI. Throws `config_invalid` with every problem of the options. */
export function workosTokens(options: WorkosTokensOptions): TokenTrust {
  return trustIn(readTokensOptions(options), options.clientId);
}

function trustIn({ apiUrl, issuer }: WorkosPlace, clientId: string): TokenTrust {
  return {
    name: "workos",
    jwksUrl: `${apiUrl}/sso/jwks/${encodeURIComponent(clientId)}`,
    verify: { issuer, clientId, algorithms: ["RS256"] },
  };
}

/** Exceptions of the SDK carry the answer's body, which may hold a pending token. The kind and the status tell enough. */
function withoutSecrets(thrown: unknown): Error | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const status = "status" in thrown && typeof thrown.status === "number" ? ` ${thrown.status}` : "";
  return new Error(`${thrown.name}${status}`);
}
