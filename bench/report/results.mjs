// RESULTS.md: ratios first, since everything else differs by machine.
import { cpus } from "node:os";
import { REQUESTS } from "../measures/one-expired-session.mjs";
import { CONNECTIONS, VISITORS } from "../measures/requests-per-second.mjs";
import { SESSIONS } from "../measures/sessions.mjs";
import { whatEachDoes } from "./contestants.mjs";
import { domainsSection, pageViewsSection } from "./domains.mjs";
import { appFigures, figure, loopFigures } from "./figures.mjs";
import { count, table } from "./markdown.mjs";
import { median, spread } from "./statistics.mjs";

const loops = {
  open: "open only",
  unseen: "open and verify, not seen before",
  again: "open and verify, the same cookie again",
  seal: "seal",
};

export function renderResults({
  effort,
  microseconds,
  sizes,
  bundles,
  coldStart,
  requests,
  expired,
  policies,
  stored,
  sessions,
  pageViews,
  domains,
}) {
  return `# Measured on workerd

\`pnpm bench\` writes this file and the chart. Everything runs in one go on one machine (${cpus().length} × ${cpus()[0]?.model.trim()});
look at the ratios, the figures in brackets are this machine's. Before a contestant is timed it has to open what it sealed,
to know whose session it is, and to refuse a changed cookie and a token that its provider has not signed.

The session: an RS256 access token of ${count(sizes.tokenCharacters)} characters with 12 permissions, refresh token and user, ${count(sizes.sessionCharacters)}
characters as JSON.

## Who runs

${whatEachDoes}

## Opening and sealing

In loops within one isolate: ${effort.loops.processes} processes of ${effort.loops.rounds} rounds with ${count(effort.loops.count)} cookies, every contestant in every round, in
changing order. Each is compared with the floor of the same round; what stands here are medians. ${spreadSentence(microseconds)}

${loopTable(microseconds)}

## Size of the cookie

Characters of its value, by number of permissions in the access token. Browsers keep 4,096 for name and value together;
what is *slanted* does not fit and is lost, unless it is split: edgeseal splits by itself, after it has tried to deflate; Auth.js
does so outside of its JWT functions, iron-session with its option \`chunk\`.

${cookieTable(sizes)}

## Size of the Worker

Minified and gzipped, as a Worker that bundles it. The last five bring neither sign-in nor sign-out nor renewal.

${table(
  ["bundle", "KB"],
  bundles.map(({ name, kilobytes }) => [name, kilobytes.toFixed(1)]),
)}

## From no isolate to the first authenticated answer

A Worker that is loaded for this one request (parsed, run, its first answer), ${effort.coldStart.processes * effort.coldStart.starts} times each, with the provider's keys in KV. The
provider is on the same machine: whoever asks it for its keys at every start gets them in a millisecond here.

${coldTable(coldStart)}

## Requests a second

One Worker, ${CONNECTIONS} connections that stay open, ${VISITORS} visitors in turn, ${effort.requests.rounds} rounds. The Worker without sessions
gets a cookie, too, and does not look at it. The client runs on the same machine and holds up the faster ones.

${requestTable(requests)}

## ${REQUESTS} requests, one expired session

At once over four isolates, and the provider takes a refresh token once, as WorkOS documents. (One that
takes it again for some seconds hides the difference.) Worst of ${effort.expired.repeats} tries. The others do not renew tokens.

${expiredTable(expired)}

## Policies

What they add to a warm request, and Hono's middleware of the same purpose to a Hono app (each beside itself without any). Both
let in a page of an allowed origin and keep out another one. In withAuth: beside the same Worker without them, and the same cookie
again on a warm isolate.

${policyTable(policies)}

## A session in a store

A request of somebody whose session lies in a \`SessionObject\`, beside one whose session is sealed in the cookie: the same cookie
again, on a warm isolate. The object is in the same process here; where it is not, the way to it comes on top.

${storedTable(stored)}

## ${count(SESSIONS)} sessions of one person

In a \`SessionObject\`, as many as it keeps of one. Milliseconds from the call in the Worker to its answer, ${sessions.length} ${sessions.length === 1 ? "person" : "people"}.

${sessionTable(sessions)}

${pageViewsSection(pageViews)}

${domainsSection(domains)}
`;
}

function loopTable(microseconds) {
  const columns = Object.keys(loops).map((key) => loopFigures(microseconds, key));
  const rows = Object.keys(microseconds).map((name, at) => [name, ...columns.map((column) => cell(column[at]))]);
  return table(["", ...Object.values(loops)], rows);

  function cell({ ratio, value }) {
    return `${ratio.toFixed(1)} × (${value.toFixed(1)} µs)`;
  }
}

function spreadSentence(microseconds) {
  const { usual, worst } = spreadOf(microseconds);
  const percent = (part) => `${Math.ceil(part * 100)} %`;
  return `Half of the rounds lie within ${percent(usual)} of their median, for the most restless figure within ${percent(worst)}.`;
}

/** How restless the machine was: of all figures of the loops, the median one's spread and the worst one's. */
export function spreadOf(microseconds) {
  const spreads = Object.values(microseconds).flatMap((rounds) =>
    Object.keys(loops).map((key) => spread(rounds.map((round) => round[key]))),
  );
  return { usual: median(spreads), worst: Math.max(...spreads) };
}

function cookieTable({ permissions, cookies }) {
  const cell = ({ characters, fits }) => (fits ? count(characters) : `*${count(characters)}*`);
  const rows = Object.entries(cookies).map(([name, sizes]) => [name, ...sizes.map(cell)]);
  return table(["permissions", ...permissions.map(String)], rows);
}

function coldTable(coldStart) {
  const figures = appFigures((app) => coldStart[app].milliseconds);
  const asks = Object.values(coldStart).map(({ keyFetches, milliseconds }) => keyFetches / milliseconds.length);
  const rows = figures.map(({ name, value, ratio }, at) => [
    name,
    `${ratio.toFixed(1)} × (${value.toFixed(1)} ms)`,
    asks[at].toFixed(1),
  ]);
  return table(["", "time", "requests for the keys, each start"], rows);
}

function requestTable(requests) {
  const rows = appFigures((app) => requests[app]).map(({ name, value, ratio }) => [
    name,
    `${Math.round(ratio * 100)} % (${count(Math.round(value))})`,
  ]);
  return table(["", "of the Worker without sessions (requests a second)"], rows);
}

function expiredTable(expired) {
  const worst = (tries, key) => Math.max(...tries.map((one) => one[key]));
  const rows = Object.entries(expired).map(([name, tries]) => [
    name,
    worst(tries, "refreshes"),
    worst(tries, "loggedOut"),
  ]);
  return table(["", "refresh calls", "requests answered as logged out"], rows);
}

function policyTable(rounds) {
  const added = (name, policy) => median(rounds.map(({ [name]: additions }) => additions[policy]));
  const rows = Object.keys(rounds[0].edgeseal).map((policy) => {
    const ours = added("edgeseal", policy);
    if (!(policy in rounds[0].Hono)) return [policy, "–", `${ours.toFixed(1)} µs`, "–"];
    const theirs = added("Hono", policy);
    // What is less than a microsecond drowns in what the answers themselves take.
    const ratio = Math.min(ours, theirs) < 1 ? "–" : `${(ours / theirs).toFixed(1)} ×`;
    return [policy, ratio, `${ours.toFixed(1)} µs`, `${theirs.toFixed(1)} µs`];
  });
  return table(["added by", "edgeseal, of Hono's", "edgeseal", "Hono"], rows);
}

function storedTable(stored) {
  const names = { sealed: "sealed in the cookie", stored: "in a `SessionObject`" };
  const valuesOf = (key) => stored.map((round) => round[key]);
  const rows = Object.entries(names).map(([key, name]) => {
    const { value, ratio } = figure(valuesOf(key), valuesOf("sealed"));
    const added = median(stored.map((round) => round[key] - round.sealed));
    return [name, `${ratio.toFixed(1)} × (${value.toFixed(0)} µs)`, key === "sealed" ? "" : `${added.toFixed(0)} µs`];
  });
  return table(["the session is", "a request", "added by the store"], rows);
}

function sessionTable(sessions) {
  const names = { load: "what each request asks", list: "list them all", end: "end them all" };
  const rows = Object.entries(names).map(([key, name]) => {
    const figures = sessions.map((one) => one[key]);
    return [name, median(figures).toFixed(0), Math.max(...figures).toFixed(0)];
  });
  return table(["", "median", "worst"], rows);
}
