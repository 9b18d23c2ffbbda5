// `pnpm bench`: measures on workerd, prints, and writes RESULTS.md and chart.svg. `--quick` writes nothing: it is for
// knowing that every contestant still opens what it seals and answers rightly, and exits with 1 when one does not.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { measureColdStart } from "./measures/cold-start.mjs";
import { measureDomains } from "./measures/domains.mjs";
import { measureLoops } from "./measures/loops.mjs";
import { measureExpiredSession } from "./measures/one-expired-session.mjs";
import { measurePageViews } from "./measures/page-views.mjs";
import { measurePolicies } from "./measures/policies.mjs";
import { measureRequests } from "./measures/requests-per-second.mjs";
import { measureSessions } from "./measures/sessions.mjs";
import { measureStoredSession } from "./measures/stored-session.mjs";
import { startProvider } from "./provider.mjs";
import { renderChart } from "./report/chart.mjs";
import { renderResults, spreadOf } from "./report/results.mjs";
import { measureBundles } from "./sizes.mjs";

/** Half of the rounds further than this from their median: the machine was busy with something else. */
const RESTLESS = 0.1;
const isQuick = process.argv.includes("--quick");
const effort = isQuick
  ? {
      loops: { processes: 1, rounds: 1, count: 200 },
      coldStart: { processes: 1, starts: 2 },
      requests: { rounds: 1, milliseconds: 200 },
      expired: { repeats: 1 },
      policies: { processes: 1, rounds: 1 },
      stored: { processes: 1, rounds: 1 },
      sessions: { repeats: 1 },
      pageViews: { views: 2 },
      domains: { sizes: [10, 100], rounds: 1 },
    }
  : {
      loops: { processes: 5, rounds: 3, count: 1000 },
      coldStart: { processes: 4, starts: 8 },
      requests: { rounds: 5, milliseconds: 700 },
      expired: { repeats: 5 },
      policies: { processes: 5, rounds: 7 },
      stored: { processes: 3, rounds: 5 },
      sessions: { repeats: 15 },
      pageViews: { views: 200 },
      domains: { sizes: [10, 100, 1_000, 10_000], rounds: 7 },
    };

const provider = await startProvider();
try {
  const measured = {
    effort,
    ...(await measureLoops(provider.variables, effort.loops)),
    bundles: await measureBundles(),
    coldStart: await measureColdStart(provider, effort.coldStart),
    requests: await measureRequests(provider, effort.requests),
    expired: await measureExpiredSession(provider, effort.expired),
    policies: await measurePolicies(effort.policies),
    stored: await measureStoredSession(provider, effort.stored),
    sessions: await measureSessions(effort.sessions),
    pageViews: await measurePageViews(provider, effort.pageViews),
    domains: await measureDomains(effort.domains),
  };
  const text = renderResults(measured);
  console.log(text);
  if (!isQuick && spreadOf(measured.microseconds).usual > RESTLESS) {
    console.warn("The machine had other things to do: do not trust these figures, run again when it is quiet.");
  }
  if (!isQuick) {
    writeFileSync(join(import.meta.dirname, "RESULTS.md"), text);
    writeFileSync(join(import.meta.dirname, "chart.svg"), renderChart(measured));
  }
} finally {
  provider.stop();
}
