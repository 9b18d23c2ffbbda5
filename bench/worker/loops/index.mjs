// Runs inside workerd, whose local clock moves while code runs.
import { contestants } from "../contestants/index.mjs";
import { createIssuer, permissionsOf } from "../reference.mjs";
import { measure } from "./measure.mjs";
import { prove } from "./prove.mjs";

const routes = { "/loops": loops, "/cookies": cookies, "/sizes": sizes };

export default {
  async fetch(request, env, background) {
    const { pathname, searchParams } = new URL(request.url);
    try {
      return Response.json(await routes[pathname](Object.fromEntries(searchParams), env, background));
    } catch (error) {
      return new Response(error.stack, { status: 500 });
    }
  },
};

/** Microseconds of every contestant in every round. */
async function loops({ rounds, count }, env, background) {
  const tokens = await makeTokens(env, Number(count));
  for (const contestant of contestants) await prove(contestant, await contestant.create(env, background), tokens);
  const results = Object.fromEntries(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= Number(rounds); round++) {
    // Each is first once, so that nobody always runs in what another left for the garbage collector.
    const at = round % contestants.length;
    for (const contestant of [...contestants.slice(at), ...contestants.slice(0, at)]) {
      const measured = await measure(contestant, await contestant.create(env, background), tokens);
      // Round 0 warms the engine up.
      if (round > 0) results[contestant.name].push(measured);
    }
  }
  return results;
}

/** The `Cookie` headers of so many visitors, by contestant. */
async function cookies({ count, expiresIn }, env, background) {
  const tokens = await makeTokens(env, Number(count), { expiresIn: Number(expiresIn) });
  return byName(async (contestant) => {
    const { prepare = (it) => it, seal } = await contestant.create(env, background);
    return Promise.all(tokens.map(async (one) => `${contestant.cookieName}=${await seal(prepare(one))}`));
  });
}

/** Characters of the cookie's value, by contestant and number of permissions. */
async function sizes({ permissions }, env, background) {
  const { makeTokens } = await createIssuer(env.SIGNING_KEY);
  const counts = permissions.split(",").map(Number);
  const tokens = await Promise.all(counts.map((count) => makeTokens(0, { permissions: permissionsOf(count) })));
  const { accessToken } = await makeTokens(0);
  const cookies = await byName(async (contestant) => {
    const { prepare = (it) => it, seal, unseal } = await contestant.create(env, background);
    return Promise.all(
      tokens.map(async (one) => {
        const text = await seal(prepare(one));
        if ((await unseal(text)).accessToken !== one.accessToken) throw new Error(`${contestant.name} lost claims`);
        return { characters: text.length, fits: contestant.cookieName.length + 1 + text.length <= 4096 };
      }),
    );
  });
  const session = JSON.stringify(await makeTokens(0));
  return { cookies, sessionCharacters: session.length, tokenCharacters: accessToken.length };
}

async function makeTokens({ SIGNING_KEY }, count, options) {
  const issuer = await createIssuer(SIGNING_KEY);
  return Promise.all(Array.from({ length: count }, (_, number) => issuer.makeTokens(number, options)));
}

async function byName(make) {
  const pairs = [];
  for (const contestant of contestants) pairs.push([contestant.name, await make(contestant)]);
  return Object.fromEntries(pairs);
}
