import { generateSessionKeys } from "@edgeseal/core/seal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Answer, type FourWorkers, type FourWorkersOptions, startFourWorkers } from "./four-workers.js";
import { type ProviderServer, serveProvider } from "./provider-server.js";
import type { ScriptedProvider } from "./scripted-provider.js";
import { cookieOf, type SignedIn, signIn, type Variables, variablesFor } from "./visitors.js";

let server: ProviderServer;
let provider: ScriptedProvider;
let variables: Variables;
let app: FourWorkers;

async function start(options: Partial<FourWorkersOptions> = {}): Promise<void> {
  await app?.dispose();
  app = await startFourWorkers({ variables: () => ({ ...variables }), ...options });
}

beforeEach(async () => {
  server = await serveProvider();
  provider = server.provider;
  variables = variablesFor(provider);
  await start();
});
afterEach(async () => {
  await app.dispose();
  await server.close();
});

const EXPIRED = { expiresIn: -30 };
const DUE = { expiresIn: 20 };

type Who = SignedIn | string;
const cookieHeader = (who: Who) => (typeof who === "string" ? who : who.cookie);

function visit(who: Who, path = "/"): Promise<Answer> {
  return app.fetch(path, { headers: { Cookie: cookieHeader(who) } });
}

function visits(count: number, who: Who): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, () => visit(who)));
}

/** A page of the app calls one of our own routes. */
function post(who: Who, path: string, body: object = {}): Promise<Answer> {
  const headers = {
    Cookie: cookieHeader(who),
    "Sec-Fetch-Site": "same-origin",
    "Content-Type": "application/json",
  };
  return app.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
}

const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);
const all = (count: number, status: number) => Array(count).fill(status);

describe("four isolates, one ledger, refresh tokens that work once", () => {
  it("RF-01 100 requests with one expired session: 1 provider call, 100 answers 200, one new session", async () => {
    const ada = await signIn(provider, variables, EXPIRED);
    const answers = await visits(100, ada);
    expect(statuses(answers)).toEqual(all(100, 200));
    expect(provider.calls.refresh).toBe(1);
    // Every answer carries the new session, so whichever arrives is enough.
    const cookies = answers.map(({ cookies }) => cookieOf(cookies));
    expect(cookies.filter((cookie) => cookie === null || cookie === ada.cookie)).toEqual([]);
    expect((await visit(cookies[50] ?? "")).status).toBe(200);
    expect(provider.calls.refresh).toBe(1);
  });

  it("RF-02 a slow answer is waited for by everybody", async () => {
    const ada = await signIn(provider, variables, EXPIRED);
    provider.delay(1_500);
    expect(statuses(await visits(40, ada))).toEqual(all(40, 200));
    expect(provider.calls.refresh).toBe(1);
  });

  it("RF-04 the old cookie still gets in afterwards, from every isolate, without a call", async () => {
    const ada = await signIn(provider, variables, EXPIRED);
    await visit(ada);
    expect(statuses(await visits(8, ada))).toEqual(all(8, 200));
    expect(provider.calls.refresh).toBe(1);
  });

  it("RF-13 without a ledger each isolate leads once; who loses stays in while the token lives", async () => {
    await start({ ledger: false });
    const ada = await signIn(provider, variables, DUE);
    expect(statuses(await visits(100, ada))).toEqual(all(100, 200));
    expect(provider.calls.refresh).toBeGreaterThan(1);
    expect(provider.calls.refresh).toBeLessThanOrEqual(4);
  });

  it("RF-14 two devices of one user refresh independently: two calls", async () => {
    const phone = await signIn(provider, variables, EXPIRED);
    const laptop = await signIn(provider, variables, EXPIRED);
    const answers = await Promise.all([visits(10, phone), visits(10, laptop)]);
    expect(statuses(answers.flat())).toEqual(all(20, 200));
    expect(provider.calls.refresh).toBe(2);
  });

  it("RF-15 a switch of organisation amid refreshes: one after the other, and the switch wins", async () => {
    const ada = await signIn(provider, variables, { ...EXPIRED, organizationId: "org_1" });
    provider.delay(200);
    const [switched, ...others] = await Promise.all([
      post(ada, "/auth/switch-org", { organizationId: "org_2" }),
      ...Array.from({ length: 10 }, () => visit(ada)),
    ]);
    expect(statuses([switched, ...others])).toEqual(all(11, 200));
    expect(JSON.parse(switched.body)).toMatchObject({ state: "authenticated", organizationId: "org_2" });
    expect(provider.calls.refresh).toBeLessThanOrEqual(2);
    const me = await visit(cookieOf(switched.cookies) ?? "", "/auth/me");
    expect(JSON.parse(me.body)).toMatchObject({ state: "authenticated", organizationId: "org_2" });
    // A late tab with the cookie from before stays in, too.
    expect((await visit(ada)).status).toBe(200);
  });

  it("RF-26 a log-out while a refresh is on its way: nobody is let in again, the new tokens are revoked", async () => {
    const ada = await signIn(provider, variables, EXPIRED);
    provider.delay(500);
    const refreshing = visits(4, ada);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const loggedOut = await post(ada, "/auth/logout");
    expect(loggedOut.status).toBe(200);
    expect(statuses(await refreshing)).toEqual(all(4, 401));
    expect(statuses(await visits(4, ada))).toEqual(all(4, 401));
    expect(provider.calls.refresh).toBe(1);
    expect(provider.calls.revoke).toBeGreaterThanOrEqual(1);
  });

  it("a session that ended at the provider is over: 401, the cookie is cleared, one call", async () => {
    const ada = await signIn(provider, variables, EXPIRED);
    provider.endSession(ada.sid);
    const answers = await visits(20, ada);
    expect(statuses(answers)).toEqual(all(20, 401));
    expect(answers.every(({ cookies }) => cookies.some((line) => line.includes("Max-Age=0")))).toBe(true);
    expect(provider.calls.refresh).toBe(1);
  });
});

describe("RF-06 the provider is down", () => {
  it.each([
    ["503", { kind: "status", status: 503 }],
    ["HTML with 200", { kind: "status", status: 200 }],
    ["an unreadable 400", { kind: "status", status: 400 }],
    ["429", { kind: "status", status: 429, body: '{"error":"too_many_requests"}', retryAfter: "120" }],
    ["broken connections", { kind: "unreachable" }],
  ] as const)("RF-06 %s: live tokens pass, expired ones 503, no cookie is touched", async (_what, failure) => {
    const live = await signIn(provider, variables);
    const due = await signIn(provider, variables, DUE);
    const expired = await signIn(provider, variables, EXPIRED);
    await visits(4, live);
    provider.fail(failure, ["refresh"]);
    expect(statuses(await visits(8, live))).toEqual(all(8, 200));
    const degraded = await visits(8, due);
    expect(statuses(degraded)).toEqual(all(8, 200));
    const failed = await visits(8, expired);
    expect(statuses(failed)).toEqual(all(8, 503));
    expect([...degraded, ...failed].flatMap(({ cookies }) => cookies)).toEqual([]);
    expect(failed.every(({ headers }) => Number(headers.get("Retry-After")) >= 1)).toBe(true);
    expect(provider.calls.refresh).toBeGreaterThanOrEqual(1);
    expect(provider.calls.refresh).toBeLessThanOrEqual(8);
  });

  it("RF-07 429 with Retry-After: one isolate asks once, whoever else is due", async () => {
    provider.fail({ kind: "status", status: 429, retryAfter: "120" }, ["refresh"]);
    for (let person = 0; person < 10; person++) {
      const { cookie } = await signIn(provider, variables, EXPIRED);
      expect((await app.fetchFrom(0, "/", { headers: { Cookie: cookie } })).status).toBe(503);
    }
    expect(provider.calls.refresh).toBe(1);
  });
});

describe("the provider's keys", () => {
  it("RF-24 are unreachable exactly during a refresh: the new session is kept and found later", async () => {
    const ada = await signIn(provider, variables, EXPIRED);
    provider.fail({ kind: "unreachable" }, ["jwks"]);
    const first = await app.fetchFrom(0, "/", { headers: { Cookie: ada.cookie } });
    expect(first.status).toBe(503);
    provider.fail(null);
    const second = await app.fetchFrom(1, "/", { headers: { Cookie: ada.cookie } });
    expect(second.status).toBe(200);
    const renewed = cookieOf(first.cookies);
    if (renewed !== null) {
      expect((await app.fetchFrom(2, "/", { headers: { Cookie: renewed } })).status).toBe(200);
    }
    expect(provider.calls.refresh).toBe(1);
  });

  it("RF-25 have changed since an expired token was signed: refreshed all the same", async () => {
    const ada = await signIn(provider, variables, EXPIRED);
    await provider.rotateKeys();
    expect(statuses(await visits(8, ada))).toEqual(all(8, 200));
    expect(provider.calls.refresh).toBe(1);
  });

  it("are fetched from the provider a few times at most, whatever the number of visitors", async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => signIn(provider, variables)));
    await visit(people[0] ?? "");
    const answers = await Promise.all(people.map((who) => visit(who)));
    expect(statuses(answers)).toEqual(all(20, 200));
    expect(provider.calls.jwks).toBeLessThanOrEqual(4);
  });
});

describe("RF-28 a roll-out that is half done, or rolled back", () => {
  it("RF-28 isolates with the older ring refuse newer cookies and leave them alone; the newer ones open all", async () => {
    const [older, newer] = [generateSessionKeys(), generateSessionKeys()].map((text) => JSON.parse(text)[0]);
    const ring = (...keys: object[]) => JSON.stringify(keys);
    const rings = {
      older: ring({ ...older, version: 1, active: true }),
      newer: ring({ ...newer, version: 2, active: true }, { ...older, version: 1, active: false }),
    };
    await start({
      variables: (worker) => ({ ...variables, SESSION_KEYS: worker < 2 ? rings.newer : rings.older }),
    });
    const ada = await signIn(provider, { SESSION_KEYS: rings.newer });
    for (const worker of [2, 3]) {
      const refused = await app.fetchFrom(worker, "/", { headers: { Cookie: ada.cookie } });
      expect([refused.status, refused.cookies]).toEqual([401, []]);
    }
    expect((await app.fetchFrom(0, "/", { headers: { Cookie: ada.cookie } })).status).toBe(200);

    const bob = await signIn(provider, { SESSION_KEYS: rings.older }, { userId: "user_bob" });
    const resealed = await app.fetchFrom(1, "/", { headers: { Cookie: bob.cookie } });
    expect([resealed.status, cookieOf(resealed.cookies) === null]).toEqual([200, false]);
    const kept = await app.fetchFrom(2, "/", { headers: { Cookie: bob.cookie } });
    expect([kept.status, kept.cookies]).toEqual([200, []]);
  });
});
