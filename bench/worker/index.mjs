// Runs inside workerd, whose local clock moves while code runs. Answers with microseconds per operation of every round.
import { createAuthkitSession } from "./authkit-session.mjs";
import { createEdgeseal } from "./edgeseal.mjs";
import { createFloor } from "./floor.mjs";
import { createIssuer } from "./reference.mjs";

/** Local clocks count whole milliseconds: a pass has to last many of them. */
const WARM = 8_000;
const PASSES = 5;

export default {
  async fetch(request, _env, background) {
    const { searchParams } = new URL(request.url);
    const rounds = Number(searchParams.get("rounds"));
    const count = Number(searchParams.get("count"));
    const issuer = await createIssuer();
    // Both libraries ask once for the provider's keys; what is measured begins after that.
    const fetch = async () => Response.json(issuer.jwks);
    globalThis.fetch = fetch;
    const makers = [createFloor, createAuthkitSession, createEdgeseal];
    const tokens = [];
    for (let number = 0; number < count; number++) tokens.push(await issuer.makeTokens(number));

    const results = new Map();
    for (let round = 0; round <= rounds; round++) {
      for (const make of makers) {
        const contestant = await make({ ...issuer, fetch, background });
        const measured = await measure(contestant, tokens);
        // Round 0 warms the engine up.
        if (round > 0) results.set(contestant.name, [...(results.get(contestant.name) ?? []), measured]);
      }
    }
    return Response.json(Object.fromEntries(results));
  },
};

async function measure({ prepare = (it) => it, seal, cookie, open }, tokens) {
  const sessions = tokens.map(prepare);
  const cookies = [];
  for (const session of sessions) cookies.push(await cookie(session));
  const requests = cookies.map((Cookie) => new Request("https://app.example.com/", { headers: { Cookie } }));
  const [first, ...fresh] = requests;
  await open(first);
  return {
    cold: await time(fresh, open),
    warm: await time(new Array(WARM).fill(fresh.at(-1)), open),
    seal: await time(sessions, seal, PASSES),
    cookieCharacters: cookies[0].slice(cookies[0].indexOf("=") + 1).length,
    sessionCharacters: JSON.stringify(tokens[0]).length,
    tokenCharacters: tokens[0].accessToken.length,
  };
}

/** Microseconds per operation. What may be repeated is, and the best pass counts: collecting garbage is not our work. */
async function time(items, operation, passes = 1) {
  let best = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < passes; pass++) {
    const started = performance.now();
    for (const item of items) await operation(item);
    best = Math.min(best, ((performance.now() - started) * 1000) / items.length);
  }
  return best;
}
