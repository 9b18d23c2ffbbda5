import { generateKeyPair } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import Provider, { type Adapter, type AdapterPayload, type Configuration } from "oidc-provider";

/**
 * An OpenID provider on a loopback port. It signs in whoever `login_hint` names and asks them nothing. Its back-channel
 * log-outs (clients `listener` and `listener-sid`) end at `/caught` of its own, which shows the bodies it was sent.
 */
export interface OpenidServer {
  readonly url: string;
  close(): Promise<void>;
}

/** The API its JWT access tokens are for; a client asks for it by `resource` (RFC 8707). */
const AUDIENCE = "https://api.example.com";
const TOKEN_SECONDS = 300;

export async function startOpenidProvider(algorithm: "RS256" | "ES256"): Promise<OpenidServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${portOf(server)}`;
  const provider = new Provider(url, await configuration(algorithm, url));
  const inbox = createInbox();
  const answer = provider.callback();
  server.on("request", (request, response) => {
    if (request.url === "/caught") void inbox(request, response);
    else if (request.url?.startsWith("/interaction/")) void interact(provider, request, response);
    else void answer(request, response);
  });
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Stands for the app's own route, which a provider of a test inside workerd cannot reach. */
function createInbox(): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const caught: string[] = [];
  return async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    if (request.method === "POST") caught.push(body);
    response.end(request.method === "POST" ? "" : JSON.stringify(caught));
  };
}

async function configuration(algorithm: "RS256" | "ES256", url: string): Promise<Configuration> {
  const make = promisify(generateKeyPair);
  const { privateKey } =
    algorithm === "RS256"
      ? await promisify(generateKeyPair)("rsa", { modulusLength: 2048 })
      : await make("ec", { namedCurve: "P-256" });
  const shared = {
    redirect_uris: ["https://app.example.com/auth/callback", "https://auth.example.com/auth/relay"],
    post_logout_redirect_uris: ["https://app.example.com/bye"],
    grant_types: ["authorization_code", "refresh_token"],
    id_token_signed_response_alg: algorithm,
  };
  return {
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: `${algorithm}-1`, use: "sig", alg: algorithm }] },
    clients: [
      {
        ...shared,
        client_id: "web-post",
        client_secret: "post-secret-1",
        token_endpoint_auth_method: "client_secret_post",
      },
      {
        ...shared,
        client_id: "web-basic",
        client_secret: "basic+secret/2:",
        token_endpoint_auth_method: "client_secret_basic",
      },
      { ...shared, client_id: "public", token_endpoint_auth_method: "none" },
      { ...shared, client_id: "listener", token_endpoint_auth_method: "none", backchannel_logout_uri: `${url}/caught` },
      {
        ...shared,
        client_id: "listener-sid",
        token_endpoint_auth_method: "none",
        backchannel_logout_uri: `${url}/caught`,
        backchannel_logout_session_required: true,
      },
      {
        client_id: "robot",
        client_secret: "robot-secret-1",
        token_endpoint_auth_method: "client_secret_post",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: algorithm,
      },
    ],
    // By itself it sends nothing to addresses of this machine.
    fetch(address, init) {
      const { dispatcher: _, ...rest } = { dispatcher: undefined, ...init };
      return globalThis.fetch(address, rest);
    },
    adapter: createMemory(),
    cookies: { keys: ["a key of no importance"] },
    scopes: ["openid", "profile", "email", "offline_access"],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["given_name", "family_name"] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      backchannelLogout: { enabled: true },
      // Both as by default; left out, the provider says so on the console.
      revocation: { enabled: true, allowedPolicy: async (_, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = form;
        },
      },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "jobs:run jobs:read",
          audience: AUDIENCE,
          accessTokenTTL: TOKEN_SECONDS,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: algorithm } },
        }),
      },
    },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: TOKEN_SECONDS,
      ClientCredentials: TOKEN_SECONDS,
      IdToken: TOKEN_SECONDS,
      Interaction: 600,
      Session: 3600,
      Grant: 3600,
      RefreshToken: 3600,
    },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        email: `${id}@example.com`,
        email_verified: true,
        given_name: id,
        family_name: "Test",
      }),
    }),
  };
}

/** Everything the provider remembers, for as long as the process lives. */
function createMemory(): (model: string) => Adapter {
  const kept = new Map<string, AdapterPayload>();
  return (model) => {
    const byUid = async (uid: string) => [...kept.values()].find((one) => one.kind === model && one.uid === uid);
    return {
      upsert: async (id, payload) => void kept.set(`${model} ${id}`, payload),
      find: async (id) => kept.get(`${model} ${id}`),
      findByUid: byUid,
      findByUserCode: async () => undefined,
      async consume(id) {
        const payload = kept.get(`${model} ${id}`);
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => void kept.delete(`${model} ${id}`),
      async revokeByGrantId(grantId) {
        for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key);
      },
    };
  };
}

async function interact(
  provider: Provider,
  request: Parameters<Provider["interactionDetails"]>[0],
  response: Parameters<Provider["interactionDetails"]>[1],
): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  const accountId = session?.accountId ?? String(params.login_hint ?? "ada");
  if (params.login_hint === "nobody") {
    return provider.interactionFinished(request, response, { error: "access_denied", error_description: "No." });
  }
  if (prompt.name === "login") return provider.interactionFinished(request, response, { login: { accountId } });
  const grant =
    (grantId === undefined ? undefined : await provider.Grant.find(grantId)) ??
    new provider.Grant({ accountId, clientId: String(params.client_id) });
  grant.addOIDCScope(String(params.scope));
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

function portOf(server: Server): number {
  // `as`: a server that listens on TCP has an address of this kind.
  return (server.address() as AddressInfo).port;
}
