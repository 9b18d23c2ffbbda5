// What many domains cost: a page view on one of them, and the question whether it is one of them.
import { WARM } from "../measures/page-views.mjs";
import { figure } from "./figures.mjs";
import { count, table } from "./markdown.mjs";
import { median } from "./statistics.mjs";

/** From a browser to a Worker and back, where both are not on one machine. */
const ROUND_TRIP_MILLISECONDS = 30;

const registries = {
  list: "a list in the configuration",
  "KV, cold": "`kvDestinations`, first time in an isolate",
  "KV, warm": "again within a minute",
  "D1, cold": "a function that asks D1, first time in an isolate",
  "D1, warm": "again within a minute",
};

export function pageViewsSection(pageViews) {
  const [{ milliseconds }] = Object.values(pageViews);
  return `## A page view on a custom domain

By somebody who is signed in at the hub, which is another site. Beside it, written for this, what networks of domains do without
sessions on them: each view is sent to the hub, which puts a token into KV under a random name and sends back with that name, and a
script of the page fetches the token by it. Both on one workerd, one browser, ${milliseconds.length} views of each kind in turn. The last two columns
are computed: what was measured, and ${ROUND_TRIP_MILLISECONDS} ms for each request, since they come one after another.

${pageViewTable(pageViews)}`;
}

function pageViewTable(pageViews) {
  const rows = Object.entries(pageViews).map(([name, { requests, requestsToPage, calls, milliseconds, toPage }]) => {
    const { value, ratio } = figure(milliseconds, pageViews[WARM].milliseconds);
    const apart = (measured, trips) => `${Math.round(median(measured) + trips * ROUND_TRIP_MILLISECONDS)} ms`;
    return [
      name,
      requests,
      storageOf(calls),
      `${ratio.toFixed(1)} × (${value.toFixed(1)} ms)`,
      apart(toPage, requestsToPage),
      apart(milliseconds, requests),
    ];
  });
  return table(
    ["", "requests", "storage", "time on one machine", "until the page comes", "until it is known who reads"],
    rows,
  );
}

function storageOf(calls) {
  const texts = Object.entries(calls).map(([call, times]) => `${times} × ${call}`);
  return texts.join(", ") || "nothing";
}

export function domainsSection(domains) {
  const sizes = Object.keys(domains);
  const valuesOf = (size, key) => domains[size].map((round) => round[key]);
  const rows = Object.entries(registries).map(([key, name]) => {
    const { ratio } = figure(valuesOf(sizes.at(-1), key), valuesOf(sizes[0], key));
    const cells = sizes.map((size) => `${microseconds(median(valuesOf(size, key)))} µs`);
    return [name, `${ratio.toFixed(1)} ×`, ...cells];
  });
  const start = median(valuesOf(sizes.at(-1), "start")) / 1000;
  return `## Registered domains

The question whether an origin may have a ticket, by number of registered domains: more of them must not make it dearer. KV and D1
are on the same machine here. D1 reads one row for it, by the primary key, whatever the number. A list is checked when the Worker
starts: ${count(Number(sizes.at(-1)))} entries take ${start.toFixed(0)} ms.

${table(["registered", `${count(Number(sizes.at(-1)))} to ${sizes[0]}`, ...sizes.map((size) => count(Number(size)))], rows)}`;
}

function microseconds(value) {
  return value < 10 ? value.toFixed(2) : count(Math.round(value));
}
