// Runs inside workerd. Microseconds that each policy adds to a request.
import { time } from "../loops/time.mjs";
import { createEdgeseal } from "./edgeseal.mjs";
import { createHono } from "./hono.mjs";
import { prove } from "./prove.mjs";
import { allowedRequest } from "./requests.mjs";
import { createWorkers, proveWorkers } from "./with-auth.mjs";

/** Of one of a pair: long enough for a clock of whole milliseconds, short enough for both to have the same luck. */
const MILLISECONDS = 40;
const BATCH = 250;
const answer = () => new Response('{"ok":true}', { headers: { "Content-Type": "application/json" } });

export default {
  async fetch(request) {
    const rounds = Number(new URL(request.url).searchParams.get("rounds"));
    const contestants = { edgeseal: createEdgeseal(answer), Hono: createHono(answer) };
    const workers = await createWorkers(answer);
    try {
      await proveWorkers(workers);
      for (const [name, policies] of Object.entries(contestants)) await prove(name, policies);
    } catch (error) {
      return new Response(error.stack, { status: 500 });
    }
    const results = [];
    for (let round = 0; round <= rounds; round++) {
      const measured = {};
      for (const [name, policies] of Object.entries(contestants)) measured[name] = await additionsOf(policies);
      Object.assign(measured.edgeseal, await additionsOf(workers));
      // Round 0 warms the engine up.
      if (round > 0) results.push(measured);
    }
    return Response.json(results);
  },
};

async function additionsOf({ nothing, ...policies }) {
  const additions = {};
  for (const [policy, respond] of Object.entries(policies)) {
    const without = await timeOf(nothing);
    additions[policy] = (await timeOf(respond)) - without;
  }
  return additions;
}

/** A new request each time: what a policy remembers of one, it has not seen. */
function timeOf(respond) {
  return time(() => respond(allowedRequest()), new Array(BATCH).fill(), MILLISECONDS);
}
