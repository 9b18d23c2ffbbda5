import { describe, expect, it } from "vitest";
import { all, DUE, EXPIRED, statuses, useApp } from "./app.js";
import { cookieOf } from "./visitors.js";

const app = useApp();

describe("RF-06 the provider is down", () => {
  it.each([
    ["503", { status: 503 }],
    ["HTML with 200", { status: 200 }],
    ["an unreadable 400", { status: 400 }],
    ["429", { status: 429, body: '{"error":"too_many_requests"}', retryAfter: "120" }],
    ["broken connections", "network"],
  ] as const)("RF-06 %s: live tokens pass, expired ones 503, no cookie is touched", async (_what, failure) => {
    const live = await app.signIn();
    const due = await app.signIn(DUE);
    const expired = await app.signIn(EXPIRED);
    await app.visits(4, live);
    app.provider.fail(failure, ["refresh"]);
    expect(statuses(await app.visits(8, live))).toEqual(all(8, 200));
    const degraded = await app.visits(8, due);
    expect(statuses(degraded)).toEqual(all(8, 200));
    const failed = await app.visits(8, expired);
    expect(statuses(failed)).toEqual(all(8, 503));
    expect([...degraded, ...failed].flatMap(({ cookies }) => cookies)).toEqual([]);
    expect(failed.every(({ headers }) => Number(headers.get("Retry-After")) >= 1)).toBe(true);
    expect(app.provider.calls.refresh).toBeGreaterThanOrEqual(1);
    expect(app.provider.calls.refresh).toBeLessThanOrEqual(8);
  });

  it("RF-07 429 with Retry-After: one isolate asks once, whoever else is due", async () => {
    app.provider.fail({ status: 429, retryAfter: "120" }, ["refresh"]);
    for (let person = 0; person < 10; person++) {
      const { cookie } = await app.signIn(EXPIRED);
      expect((await app.workers.fetchFrom(0, "/", { headers: { Cookie: cookie } })).status).toBe(503);
    }
    expect(app.provider.calls.refresh).toBe(1);
  });

  it("ID-01 an hour without a provider: live tokens 200, ended ones 503, nobody is logged out, and all come back", async () => {
    const people = await Promise.all(Array.from({ length: 10 }, () => app.signIn()));
    await Promise.all(people.map((who) => app.visit(who)));
    app.provider.fail("network");
    const round = async () => Promise.all(people.map((who) => app.visit(who)));
    for (const seconds of [60, 120]) {
      await app.passTime(seconds);
      expect(statuses(await round())).toEqual(all(10, 200));
    }
    for (const seconds of [300, 900, 2_220]) {
      await app.passTime(seconds);
      const answers = await round();
      expect(statuses(answers)).toEqual(all(10, 503));
      expect(answers.flatMap(({ cookies }) => cookies)).toEqual([]);
    }
    app.provider.fail(null);
    await app.passTime(120);
    // One probe per isolate goes through, and the others wait for what it finds.
    const first = await round();
    expect(statuses(first).filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
    expect(first.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    await app.passTime(10);
    expect(statuses(await round())).toEqual(all(10, 200));
  });
});

describe("the provider's keys", () => {
  it("RF-24 are unreachable exactly during a refresh: the new session is kept and found later", async () => {
    const ada = await app.signIn(EXPIRED);
    app.provider.fail("network", ["jwks"]);
    const first = await app.workers.fetchFrom(0, "/", { headers: { Cookie: ada.cookie } });
    expect(first.status).toBe(503);
    // `unavailable` may carry the successor; who lost that answer adopts it.
    const renewed = cookieOf(first.cookies);
    app.provider.fail(null);
    for (const cookie of [ada.cookie, renewed ?? ada.cookie]) {
      expect((await app.workers.fetchFrom(1, "/", { headers: { Cookie: cookie } })).status).toBe(200);
    }
    expect(app.provider.calls.refresh).toBe(1);
  });

  it("RF-25 have changed since an expired token was signed: refreshed all the same", async () => {
    const ada = await app.signIn(EXPIRED);
    app.provider.rotateKeys();
    expect(statuses(await app.visits(8, ada))).toEqual(all(8, 200));
    expect(app.provider.calls.refresh).toBe(1);
  });

  it("are fetched from the provider a few times at most, whatever the number of visitors", async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => app.signIn()));
    const answers = await Promise.all(people.map((who) => app.visit(who)));
    expect(statuses(answers)).toEqual(all(20, 200));
    const cold = app.provider.calls.jwks;
    expect(statuses(await Promise.all(people.map((who) => app.visit(who))))).toEqual(all(20, 200));
    expect(app.provider.calls.jwks).toBe(cold);
  });
});
