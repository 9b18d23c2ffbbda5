import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  genericTokenEndpointRequest,
  None,
  revocationRequest,
} from "oauth4webapi";
import { AuthError, isAuthError } from "../base/errors.js";
import type { Runtime } from "../base/ports.js";
import type { OidcServer } from "./oidc-discovery.js";
import { sendForm } from "./oidc-fetch.js";
import type { OidcOptions } from "./oidc-options.js";
import { oidcRefusal } from "./oidc-refusal.js";
import type { ProviderRefusal } from "./provider.js";

export interface OidcClient {
  /** What the token endpoint gave, as text, and where it was; or what became of the call. Never throws for either. */
  askForTokens(
    call: "sign-in" | "refresh",
    parameters: Readonly<Record<string, string>>,
  ): Promise<{ readonly text: string; readonly server: OidcServer } | ProviderRefusal>;
  /** Does nothing where the provider names no endpoint for it. Throws `AuthError` `provider_unreachable`. */
  revoke(refreshToken: string): Promise<void>;
}

/** For everything a call takes, its look for the token endpoint included: a lease of the ledger lasts 10 s. */
const DEADLINE_SECONDS = 8;
/** With less than this left nothing is sent: a refresh token may be used up by a call whose answer nobody awaits. */
const LEAST_SECONDS = 3;

export const MALFORMED: ProviderRefusal = { ok: false, final: false, reason: "provider_malformed" };
const UNREACHABLE: ProviderRefusal = { ok: false, final: false };

export function createOidcClient(
  { clientId, clientSecret, clientAuthentication }: OidcOptions,
  { fetch, now }: Runtime,
  discover: () => Promise<OidcServer>,
): OidcClient {
  function authenticationAt(server: OidcServer): ClientAuth {
    if (clientSecret === undefined) return None();
    const supported = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    const isInBody = supported.includes("client_secret_post");
    const method = clientAuthentication ?? (isInBody ? "client_secret_post" : "client_secret_basic");
    return method === "client_secret_post" ? ClientSecretPost(clientSecret) : ClientSecretBasic(clientSecret);
  }

  async function find(): Promise<{ readonly ok: true; readonly server: OidcServer } | ProviderRefusal> {
    try {
      return { ok: true, server: await discover() };
    } catch (error) {
      if (isAuthError(error, "provider_malformed")) return MALFORMED;
      if (isAuthError(error, "provider_unreachable")) return UNREACHABLE;
      throw error;
    }
  }

  const client = { client_id: clientId };
  // Discovery has let in https and, on loopback hosts, http: one rule for every URL of a provider.
  const insecure = { [allowInsecureRequests]: true } as const;

  return {
    async askForTokens(call, { grant_type = "", ...parameters }) {
      const startedAt = now();
      const found = await find();
      if (!found.ok) return found;
      const { server } = found;
      const left = DEADLINE_SECONDS - (now() - startedAt);
      if (left < LEAST_SECONDS) return UNREACHABLE;
      const authentication = authenticationAt(server);
      const fetched = await sendForm(fetch, left * 1000, (transport) =>
        genericTokenEndpointRequest(server, client, authentication, grant_type, parameters, {
          ...insecure,
          [customFetch]: transport,
        }),
      );
      if (!fetched.ok) {
        // Too much, or bytes that are no text, is an answer of some kind; everything else is none.
        return fetched.reason === "too_large" || fetched.reason === "not_utf8" ? MALFORMED : UNREACHABLE;
      }
      const { status, text, headers } = fetched;
      if (status === 200) return { text, server };
      return oidcRefusal({ status, text, retryAfter: headers.get("retry-after") }, call, now());
    },

    async revoke(refreshToken) {
      const server = await discover();
      if (server.revocation_endpoint === undefined) return;
      const fetched = await sendForm(fetch, DEADLINE_SECONDS * 1000, (transport) =>
        revocationRequest(server, client, authenticationAt(server), refreshToken, {
          ...insecure,
          [customFetch]: transport,
          additionalParameters: { token_type_hint: "refresh_token" },
        }),
      );
      if (fetched.ok && fetched.status === 200) return;
      throw new AuthError("provider_unreachable", "The provider refused or failed to revoke a token.");
    },
  };
}
