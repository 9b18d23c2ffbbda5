// A page view on a custom domain by somebody who is signed in at the hub: where each domain has a session, and where the hub is
// visited for each view. Both on one workerd, in turn, one browser.
import { SignJWT } from "jose";
import { createClient, expectSignedIn } from "../client.mjs";
import { environment } from "../provider.mjs";
import { createTab } from "../tab.mjs";
import { userId } from "../worker/reference.mjs";
import { bundle, startWorkerd } from "../workerd.mjs";
import { makeCookies } from "./loops.mjs";

const HUB = "http://id.localhost";
const BLOG = "http://blog.localhost";
const PAGE = `${BLOG}/posts/1`;
const PRIMING = 20;

/** What the others are compared with. */
export const WARM = "edgeseal, every other page";

/**
 * By kind of view: `requests` of the browser until it is known who reads, and storage `calls` by name; `milliseconds` of each
 * view. `requestsToPage` and `toPage`: the same, until the page is there.
 */
export async function measurePageViews({ variables }, { views }) {
  console.log(`page views on a custom domain: ${views} of each kind …`);
  const { urls, stop } = await startWorkerd(await workersOf(variables));
  const client = createClient(1);
  try {
    const kinds = await kindsOf(client, urls, variables);
    const results = {};
    for (const [name, view] of Object.entries(kinds)) {
      results[name] = { ...(await costOf(view)), milliseconds: [], toPage: [] };
    }
    for (let number = -PRIMING; number < views; number++) {
      for (const [name, { before, open }] of Object.entries(kinds)) {
        before?.();
        const started = performance.now();
        const { requests, shownAt } = await open();
        const elapsed = performance.now() - started;
        if (requests !== results[name].requests) throw new Error(`${name}: ${requests} requests`);
        if (number < 0) continue;
        results[name].milliseconds.push(elapsed);
        results[name].toPage.push(shownAt - started);
      }
    }
    return results;
  } finally {
    client.close();
    await stop();
  }

  /** Requests and storage calls of one view, once what an isolate fetches once is there. */
  async function costOf({ before, open, countsUrl }) {
    for (let number = 0; number < PRIMING; number++) {
      before?.();
      await open();
    }
    before?.();
    const counts = async () => JSON.parse((await client.get(countsUrl)).body);
    const earlier = await counts();
    const { requests, requestsToPage } = await open();
    const added = Object.entries(await counts()).map(([call, count]) => [call, count - (earlier[call] ?? 0)]);
    return { requests, requestsToPage, calls: Object.fromEntries(added.filter(([, count]) => count > 0)) };
  }
}

async function kindsOf(client, urls, variables) {
  const [cookie] = (await makeCookies(variables, { count: 1 })).edgeseal;
  const ours = createTab(client, urls.network);
  ours.jar(HUB).set(...pairOf(cookie));
  const theirs = createTab(client, urls["redirect-each"]);
  const key = new TextEncoder().encode(variables.PASSWORD);
  const login = new SignJWT({ sub: userId }).setProtectedHeader({ alg: "HS256" }).setExpirationTime("1h");
  theirs.jar(HUB).set("login", await login.sign(key));

  return {
    "edgeseal, first page on a domain": {
      countsUrl: `${urls.network}counts`,
      before: () => ours.jar(BLOG).clear(),
      open: openOurs,
    },
    [WARM]: { countsUrl: `${urls.network}counts`, open: openOurs },
    "edgeseal, every other page, out of a cache": { countsUrl: `${urls.network}counts`, open: openCached },
    "the hub visited for each page": { countsUrl: `${urls["redirect-each"]}counts`, open: openTheirs },
  };

  async function openOurs() {
    const page = await ours.open(PAGE);
    expectSignedIn("edgeseal", page);
    return { requests: page.requests, requestsToPage: page.requests, shownAt: performance.now() };
  }

  async function openCached() {
    const page = await ours.open(`${BLOG}/cached`);
    const shownAt = performance.now();
    const { status, body } = await ours.call(`${BLOG}/auth/sso/check?returnTo=%2Fcached`, {
      "Sec-Fetch-Site": "same-origin",
    });
    if (status !== 200 || JSON.parse(body).state !== "authenticated") throw new Error(`edgeseal answered ${body}`);
    return { requests: page.requests + 1, requestsToPage: page.requests, shownAt };
  }

  async function openTheirs() {
    const { url, requests } = await theirs.open(PAGE);
    const shownAt = performance.now();
    const guid = url.searchParams.get("guid");
    const { body } = await theirs.call(`${HUB}/token?guid=${guid}`, { Origin: BLOG, "Sec-Fetch-Site": "cross-site" });
    const [, payload = ""] = (JSON.parse(body).token ?? "").split(".");
    if (JSON.parse(atob(payload)).sub !== userId) throw new Error("The way to the hub brings another token.");
    return { requests: requests + 1, requestsToPage: requests, shownAt };
  }
}

function pairOf(cookie) {
  const end = cookie.indexOf("=");
  return [cookie.slice(0, end), cookie.slice(end + 1)];
}

async function workersOf(variables) {
  const env = environment({ ...variables, HUB, BLOG });
  return [
    {
      name: "network",
      script: await bundle("page-views/network.mjs"),
      env: { ...env, AUTH_LEDGER: { type: "durable-object", worker: "network", exportName: "LedgerObject" } },
      exports: { LedgerObject: { type: "durable-object", storage: "sqlite" } },
    },
    { name: "redirect-each", script: await bundle("page-views/redirect-each.mjs"), env },
  ];
}
