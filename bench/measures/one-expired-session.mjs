// 100 requests of one visitor whose access token has ended, at once over four isolates of one app. The provider takes a
// refresh token once.
import { createClient, isSignedIn } from "../client.mjs";
import { environment } from "../provider.mjs";
import { bundle, startWorkerd } from "../workerd.mjs";
import { makeCookies } from "./loops.mjs";

export const REQUESTS = 100;
const ISOLATES = 4;
const contestants = { edgeseal: "edgeseal", "authkit-session": "@workos/authkit-session" };

/** By contestant: refresh calls, and how many of the requests were answered as if nobody were signed in. */
export async function measureExpiredSession({ variables, calls }, { repeats }) {
  console.log(`one expired session: ${repeats} times ${REQUESTS} requests over ${ISOLATES} isolates …`);
  const results = {};
  for (const [app, name] of Object.entries(contestants)) {
    // Each contestant and repeat has a visitor of its own; what one has spent is no other's.
    const visitors = (await makeCookies(variables, { count: 2 * repeats, expiresIn: -30 }))[name];
    const mine = app === "edgeseal" ? visitors.slice(0, repeats) : visitors.slice(repeats);
    const { urls, stop } = await startWorkerd(await isolatesOf(app, variables));
    const client = createClient(REQUESTS);
    results[name] = [];
    for (const cookie of mine) {
      const callsBefore = calls.refreshes;
      const visit = (_, at) => client.get(urls[`isolate-${at % ISOLATES}`], cookie);
      const answers = await Promise.all(Array.from({ length: REQUESTS }, visit));
      const loggedOut = answers.filter((answer) => !isSignedIn(answer)).length;
      const refreshes = calls.refreshes - callsBefore;
      if (app === "edgeseal" && (refreshes !== 1 || loggedOut > 0)) {
        throw new Error(`edgeseal made ${refreshes} refresh calls and logged out ${loggedOut} of ${REQUESTS}.`);
      }
      results[name].push({ refreshes, loggedOut });
    }
    client.close();
    await stop();
  }
  return results;
}

async function isolatesOf(app, variables) {
  const script = await bundle(`apps/${app}.mjs`);
  const isLedgered = app === "edgeseal";
  const ledger = { AUTH_LEDGER: { type: "durable-object", worker: "isolate-0", exportName: "LedgerObject" } };
  return Array.from({ length: ISOLATES }, (_, at) => ({
    name: `isolate-${at}`,
    script,
    env: { ...environment(variables), ...(isLedgered && ledger) },
    ...(isLedgered && at === 0 && { exports: { LedgerObject: { type: "durable-object", storage: "sqlite" } } }),
  }));
}
