// From a request for which there is no isolate to its answer, with the provider's keys in KV.
import { setTimeout } from "node:timers/promises";
import { apps } from "../apps.mjs";
import { createClient, expectSignedIn } from "../client.mjs";
import { environment } from "../provider.mjs";
import { bundle, startWorkerd } from "../workerd.mjs";
import { makeCookies } from "./loops.mjs";

const PRIMING = 3;

/** By app: milliseconds of each start, and how often the provider was asked for its keys all the same. */
export async function measureColdStart({ variables, calls }, { processes, starts }) {
  const cookies = await makeCookies(variables, { count: 1 });
  const scripts = {};
  for (const app of Object.keys(apps)) scripts[app] = await bundle(`apps/${app}.mjs`);
  const worker = {
    name: "fresh-isolates",
    script: await bundle("fresh-isolates.mjs"),
    env: {
      APPS: { type: "json", value: { ...variables, scripts } },
      LOADER: { type: "worker-loader" },
      AUTH_KV: environment(variables).AUTH_KV,
    },
  };
  const results = Object.fromEntries(Object.keys(apps).map((app) => [app, { milliseconds: [], keyFetches: 0 }]));
  for (let run = 1; run <= processes; run++) {
    console.log(`cold starts: process ${run} of ${processes}, ${starts} isolates each …`);
    const { urls, stop } = await startWorkerd([worker]);
    const client = createClient(1);
    // The first of them brings the keys into KV and the engine into motion.
    for (let start = -PRIMING; start < starts; start++) {
      if (start === 0) await setTimeout(100);
      for (const [app, contestant] of Object.entries(apps)) {
        const fetchesBefore = calls.keys;
        const started = performance.now();
        const answer = await client.get(urls["fresh-isolates"] + app, (cookies[contestant] ?? cookies.edgeseal)[0]);
        const elapsed = performance.now() - started;
        expectSignedIn(app, answer);
        if (start < 0) continue;
        results[app].milliseconds.push(elapsed);
        results[app].keyFetches += calls.keys - fetchesBefore;
      }
    }
    client.close();
    await stop();
  }
  return results;
}
