import { describe, expect, test } from "vitest";
import { CLEARED, copyOf, setCookies } from "../../../test/browser.js";
import type { Outcome } from "../../../test/fake-provider.js";
import { createWorld } from "../../../test/world.js";

const OUTAGES: Readonly<Record<string, Outcome>> = {
  network: "network",
  timeout: "timeout",
  "500": "500",
  "429": { retryAfterSeconds: 7 },
  throws: "throws",
};

describe("the provider fails", () => {
  test.each(Object.entries(OUTAGES))(
    "RF-06 %s: live tokens pass, ended ones get 503, the cookie is untouched",
    async (_, outcome) => {
      const world = await createWorld();
      const isolate = world.isolate();
      const browser = await world.signIn(isolate);
      const before = browser.cookie();
      world.provider.always(outcome);
      world.clock.advance(280);
      const live = await isolate.visit(browser);
      expect(live).toMatchObject({ state: "authenticated", degraded: true, refreshed: false });
      expect(setCookies(live)).toEqual([]);
      expect(isolate.events.of("provider_unreachable")).toHaveLength(1);
      world.clock.advance(120);
      const ended = await world.isolate().visit(browser);
      expect(ended).toMatchObject({ state: "unavailable", reason: "provider_unreachable" });
      expect(setCookies(ended)).toEqual([]);
      if (ended.state === "unavailable") {
        const answer = ended.deny();
        expect(answer.status).toBe(503);
        expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThanOrEqual(1);
        expect(await answer.json()).toEqual({ error: "unavailable" });
      }
      expect(browser.cookie()).toBe(before);
      expect(world.provider.count("refresh")).toBe(2);
    },
  );

  test("RF-07 429 with Retry-After 120: no call for 120 s by anybody, then one probe", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const one = await world.signIn(isolate);
    const two = await world.signIn(isolate);
    world.clock.advance(400);
    world.provider.next({ retryAfterSeconds: 120 });
    expect(await isolate.visit(one)).toMatchObject({ state: "unavailable", retryAfterSeconds: 120 });
    world.clock.advance(60);
    expect(await isolate.visit(two)).toMatchObject({ state: "unavailable", retryAfterSeconds: 60 });
    expect(await isolate.visit(one)).toMatchObject({ state: "unavailable", retryAfterSeconds: 60 });
    expect(world.provider.count("refresh")).toBe(1);
    world.clock.advance(60);
    const answers = await Promise.all([isolate.visit(one), isolate.visit(two)]);
    expect(answers.filter((auth) => auth.state === "authenticated").length).toBeGreaterThanOrEqual(1);
    world.clock.advance(10);
    expect((await isolate.visit(two)).state).toBe("authenticated");
    expect(world.provider.count("refresh")).toBe(3);
  });

  test("ID-01 the provider is down for an hour: nobody is logged out, all recover", async () => {
    const world = await createWorld();
    const isolates = [world.isolate({ idleSeconds: 1200 }), world.isolate({ idleSeconds: 1200 })] as const;
    const browsers = await Promise.all(Array.from({ length: 5 }, () => world.signIn(isolates[0])));
    world.provider.always("network");
    for (let minute = 0; minute < 60; minute++) {
      world.clock.advance(60);
      for (const [at, browser] of browsers.entries()) {
        const auth = await isolates[(minute + at) % 2]!.visit(browser);
        expect(auth.state).not.toBe("anonymous");
        expect(setCookies(auth)).not.toContain(CLEARED);
      }
    }
    world.provider.always(null);
    world.clock.advance(121);
    for (const browser of browsers) {
      await isolates[1].visit(browser);
      world.clock.advance(1);
      expect((await isolates[1].visit(browser)).state).toBe("authenticated");
    }
  });

  test("RF-24 the key set is out of reach exactly during a refresh: the successor is kept and its cookie sent", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(world.isolate());
    world.clock.advance(400);
    world.issuer.fail("network");
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "unavailable", reason: "keys_unreachable" });
    expect(setCookies(auth)).toHaveLength(1);
    expect(world.ledger.count("settle")).toBe(1);
    world.issuer.fail(null);
    world.clock.advance(31);
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: false });
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("RF-25 an ended token whose key left the set days ago is refreshed", async () => {
    const world = await createWorld();
    const browser = await world.signIn(world.isolate());
    world.issuer.rotate();
    world.clock.advance(3 * 86_400);
    const auth = await world.isolate().visit(browser);
    expect(auth).toMatchObject({ state: "authenticated", refreshed: true });
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("a key that left the set while the provider is down is an outage, due or not", async () => {
    for (const seconds of [100, 4980]) {
      const world = await createWorld();
      const browser = await world.signIn(world.isolate(), { expiresInSeconds: 5000 });
      world.issuer.rotate();
      world.provider.always("network");
      world.clock.advance(seconds);
      const auth = await world.isolate().visit(browser);
      expect(auth).toMatchObject({ state: "unavailable" });
      expect(setCookies(auth)).toEqual([]);
    }
  });

  test("ID-06 keys rotated without overlap: one fetch, no failed request", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const { fetches } = world.issuer;
    world.issuer.rotate();
    world.clock.advance(290);
    expect((await isolate.visit(browser)).state).toBe("authenticated");
    expect(world.issuer.fetches - fetches).toBe(1);
  });
});

describe("without a shared ledger", () => {
  test("RF-13 100 at once: one isolate makes 1 call, ten make at most 10; losers stay in or keep their cookie", async () => {
    for (const [isolates, wait] of [
      [1, 280],
      [10, 280],
      [10, 400],
    ] as const) {
      const world = await createWorld();
      const some = Array.from({ length: isolates }, () => world.isolate({ sharesLedger: false }));
      const browser = await world.signIn(some[0]!);
      const tabs = Array.from({ length: 100 }, () => copyOf(browser));
      world.clock.advance(wait);
      const answers = await Promise.all(tabs.map((tab, at) => some[at % isolates]!.visit(tab)));
      expect(world.provider.count("refresh")).toBeLessThanOrEqual(isolates);
      for (const auth of answers) {
        expect(setCookies(auth)).not.toContain(CLEARED);
        if (wait === 280) expect(auth.state).toBe("authenticated");
      }
      expect(answers.some((auth) => auth.state === "authenticated" && setCookies(auth).length === 1)).toBe(true);
      const losers = some.flatMap(({ events }) => events.of("session_expired"));
      if (wait === 280) expect(losers).toEqual([]);
    }
  });
});
