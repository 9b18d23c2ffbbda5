import { parseSessionKeys, sealSession, sessionFromTokens } from "@edgeseal/core";
import { createCors, createCsrf, createOrigins, createSecurityHeaders } from "@edgeseal/core/policies";
import { withAuth } from "@edgeseal/workers-adapter";
import { clientId, createIssuer, issuer, makeSecret, makeSigningKey } from "../reference.mjs";
import { allowedOrigin, allowedRequest } from "./requests.mjs";

/** A whole Worker and a person who is signed in, without policies and with them: the same cookie again and again. */
export async function createWorkers(answer) {
  const tokens = await createIssuer(await makeSigningKey());
  const SESSION_KEYS = `1:${makeSecret()}`;
  const env = {
    SESSION_KEYS,
    WORKOS_CLIENT_ID: clientId,
    WORKOS_API_KEY: "sk_bench_0123456789",
    WORKOS_REDIRECT_URI: "https://app.example.com/auth/callback",
    WORKOS_ISSUER: issuer,
  };
  const session = sessionFromTokens(await tokens.makeTokens(1));
  const text = await sealSession(session, parseSessionKeys(SESSION_KEYS), { cookieName: "__Host-session" });
  const fetch = async () => Response.json(tokens.jwks);
  const origins = createOrigins({ allow: [allowedOrigin] });
  const policies = {
    csrf: createCsrf({ origins }),
    cors: createCors({ origins }),
    securityHeaders: createSecurityHeaders(),
  };
  const guards = { "/admin/*": { role: "admin" }, "/projects": { permission: "projects:read" } };
  const ctx = { waitUntil() {}, passThroughOnException() {} };

  function worker(options) {
    const { fetch: respond } = withAuth(() => ({ fetch, ...options }), { fetch: answer });
    return () => respond(allowedRequest({ Cookie: `__Host-session=${text}` }), env, ctx);
  }
  return {
    nothing: worker({}),
    "all three in withAuth, person signed in": worker({ policies }),
    "these, guards and identity headers": worker({ policies, guards, identityHeaders: true }),
  };
}

/** Throws unless the person is let in, and the answer carries what the policies say. */
export async function proveWorkers({ nothing, ...walled }) {
  const bare = await nothing();
  if (bare.status !== 200 || bare.headers.has("Access-Control-Allow-Origin")) throw new Error("withAuth: not bare");
  for (const [name, respond] of Object.entries(walled)) {
    const { status, headers } = await respond();
    const isRight = status === 200 && headers.get("Access-Control-Allow-Origin") === allowedOrigin;
    if (!isRight || !headers.has("Strict-Transport-Security")) throw new Error(`withAuth answers wrongly (${name}).`);
  }
}
