// Runs inside workerd. Microseconds of a request by somebody whose session is sealed in the cookie, and by somebody whose
// cookie holds an id, with the session in a `SessionObject`.
import { parseSessionKeys, sealSession, sessionFromTokens } from "@edgeseal/core";
import { withAuth } from "@edgeseal/workers-adapter";
import { time } from "./loops/time.mjs";
import { createIssuer, issuer, makeSecret, makeSigningKey, userId } from "./reference.mjs";

export { LedgerObject, SessionObject } from "@edgeseal/workers-adapter/durable-objects";

const cookieName = "__Host-session";
/** Of each: long enough for a clock of whole milliseconds. */
const MILLISECONDS = 60;
const BATCH = 50;

export default {
  async fetch(request, env, ctx) {
    const rounds = Number(new URL(request.url).searchParams.get("rounds"));
    try {
      const visits = await visitsOf(env, ctx);
      const results = [];
      for (let round = 0; round <= rounds; round++) {
        const measured = {};
        for (const [name, visit] of Object.entries(visits)) {
          measured[name] = await time(visit, new Array(BATCH).fill(), MILLISECONDS);
        }
        // Round 0 warms the engine up.
        if (round > 0) results.push(measured);
      }
      return Response.json(results);
    } catch (error) {
      return new Response(error.stack, { status: 500 });
    }
  },
};

async function visitsOf(env, ctx) {
  const tokens = await createIssuer(await makeSigningKey());
  const SESSION_KEYS = `1:${makeSecret()}`;
  const variables = { ...env, SESSION_KEYS, WORKOS_ISSUER: issuer };
  const session = sessionFromTokens(await tokens.makeTokens(1));
  const sealed = `${cookieName}=${await sealSession(session, parseSessionKeys(SESSION_KEYS), { cookieName })}`;
  // Two Workers with the same variables. One shows no object, so its sessions stay in their cookies.
  const alone = { waitUntil() {}, passThroughOnException() {} };
  const [sealing, storing] = [workerOf(alone), workerOf(ctx)];
  const [moved = ""] = (await storing(sealed)).headers.getSetCookie();
  const stored = moved.slice(0, moved.indexOf(";"));
  if (!stored.startsWith(`${cookieName}=eo1.`)) throw new Error("A session was not put into the store.");
  return { sealed: await proven(() => sealing(sealed)), stored: await proven(() => storing(stored)) };

  function workerOf(context) {
    const fetch = async () => Response.json(tokens.jwks);
    const handler = { fetch: (_request, _env, _ctx, auth) => Response.json({ user: auth.user.id }) };
    const { fetch: respond } = withAuth(() => ({ fetch }), handler);
    const ask = (Cookie) => new Request("https://app.example.com/", { headers: { Cookie } });
    return (cookie) => respond(ask(cookie), variables, context);
  }
}

/** Throws unless the person is let in, and keeps the cookie that they have. */
async function proven(visit) {
  const answer = await visit();
  const isRight = answer.status === 200 && (await answer.json()).user === userId;
  if (!isRight || answer.headers.has("Set-Cookie")) throw new Error(`withAuth answered ${answer.status}`);
  return visit;
}
