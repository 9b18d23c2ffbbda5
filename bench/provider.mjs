// The identity provider's two answers that sessions need, on a loopback socket: its keys, and new tokens for a refresh
// token, which works once.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { clientId, createIssuer, makeSecret, makeSigningKey } from "./worker/reference.mjs";

/** As a provider in another town answers. */
const REFRESH_MILLISECONDS = 30;

export async function startProvider() {
  const signingKey = await makeSigningKey();
  const issuer = await createIssuer(signingKey);
  const calls = { keys: 0, refreshes: 0 };
  const spent = new Set();

  async function answer(request) {
    if (request.url === `/sso/jwks/${clientId}`) {
      calls.keys++;
      return [200, issuer.jwks];
    }
    if (request.url !== "/user_management/authenticate") return [404, {}];
    const { refresh_token: token = "" } = JSON.parse(await text(request));
    const number = /^refresh_.*(\d{6})$/.exec(token)?.[1];
    const isUsable = number !== undefined && !spent.has(token);
    calls.refreshes++;
    spent.add(token);
    await setTimeout(REFRESH_MILLISECONDS);
    return isUsable ? [200, await renewed(token, Number(number))] : [400, { error: "invalid_grant" }];
  }

  async function renewed(token, number) {
    const { accessToken, user } = await issuer.makeTokens(number);
    const { id, email } = user;
    return {
      user: { object: "user", id, email, email_verified: true, first_name: user.firstName, last_name: user.lastName },
      organization_id: "org_01HZX3Q9S7N5V8W2B4D6F0G1J6",
      access_token: accessToken,
      refresh_token: token.replace("refresh_", "refresh_1"),
      authentication_method: "OAuth",
    };
  }

  const server = createServer(async (request, response) => {
    const [status, body] = await answer(request);
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const variables = {
    SIGNING_KEY: signingKey,
    SESSION_KEYS: `1:${makeSecret()}`,
    PASSWORD: makeSecret(),
    WORKOS_CLIENT_ID: clientId,
    WORKOS_API_KEY: makeSecret(),
    WORKOS_REDIRECT_URI: "https://app.example.com/auth/callback",
    WORKOS_API_URL: `http://127.0.0.1:${server.address().port}`,
  };
  return {
    calls,
    variables,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The environment of a Worker that has these variables and the shared KV. */
export function environment(variables) {
  const texts = Object.entries(variables).map(([name, value]) => [name, { type: "text", value }]);
  return { ...Object.fromEntries(texts), AUTH_KV: { type: "kv", id: "auth-kv" } };
}
