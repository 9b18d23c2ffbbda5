// The same Worker with and without sessions, over sockets that stay open. The one without gets a cookie, too, and does not
// look at it. Client and workerd share the machine.
import { apps } from "../apps.mjs";
import { createClient, expectSignedIn } from "../client.mjs";
import { environment } from "../provider.mjs";
import { bundle, startWorkerd } from "../workerd.mjs";
import { makeCookies } from "./loops.mjs";

export const CONNECTIONS = 16;
export const VISITORS = 200;

/** By app: requests a second in each round. */
export async function measureRequests({ variables }, { rounds, milliseconds }) {
  const cookies = await makeCookies(variables, { count: VISITORS });
  const workers = [];
  for (const name of Object.keys(apps)) {
    const exports = name === "edgeseal" ? { LedgerObject: { type: "durable-object", storage: "sqlite" } } : {};
    workers.push({ name, script: await bundle(`apps/${name}.mjs`), env: environment(variables), exports });
  }
  console.log(`requests a second: ${rounds} rounds of ${milliseconds} ms each …`);
  const { urls, stop } = await startWorkerd(workers);
  const results = Object.fromEntries(Object.keys(apps).map((app) => [app, []]));
  const client = createClient(CONNECTIONS);
  for (let round = 0; round <= rounds; round++) {
    for (const [app, contestant] of Object.entries(apps)) {
      const perSecond = await load(client, app, urls[app], cookies[contestant] ?? cookies.edgeseal, milliseconds);
      // Round 0 warms the engine up.
      if (round > 0) results[app].push(perSecond);
    }
  }
  client.close();
  await stop();
  return results;
}

async function load(client, app, url, visitors, milliseconds) {
  let count = 0;
  const started = performance.now();
  const visit = async () => {
    while (performance.now() - started < milliseconds) {
      expectSignedIn(app, await client.get(url, visitors[count++ % visitors.length]));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, visit));
  return (count * 1000) / (performance.now() - started);
}
