import { describe, expect, test } from "vitest";
import { CLEARED, copyOf, createBrowser, setCookies } from "../../../test/browser.js";
import { createWorld } from "../../../test/world.js";
import { ledgerName } from "./ledger-name.js";
import type { RequestAuth } from "./request-auth.js";

function states(answers: readonly RequestAuth[]): string[] {
  return [...new Set(answers.map((auth) => auth.state))];
}

describe("many at once", () => {
  test("100 requests over 4 isolates with one expired session and single-use tokens: 1 call, 100 authenticated", async () => {
    const world = await createWorld();
    const isolates = [world.isolate(), world.isolate(), world.isolate(), world.isolate()] as const;
    const browser = await world.signIn(isolates[0]);
    world.clock.advance(400);
    const tabs = Array.from({ length: 100 }, () => copyOf(browser));
    const answers = await Promise.all(tabs.map((tab, at) => isolates[at % 4]!.visit(tab)));
    expect(states(answers)).toEqual(["authenticated"]);
    expect(world.provider.count("refresh")).toBe(1);
    expect(world.ledger.count("settle")).toBe(1);
    expect(isolates.flatMap(({ events }) => events.of("token_refresh"))).toHaveLength(1);
    for (const auth of answers) expect(setCookies(auth)).toHaveLength(1);
    // Afterwards the old cookie still gets in, from memory.
    const claims = world.ledger.count("claim");
    expect((await isolates[0].visit(copyOf(browser))).state).toBe("authenticated");
    expect(world.ledger.count("claim")).toBe(claims);
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("RF-02 a slow answer: those who gave up change nothing, one call, the others finish", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(400);
    const hold = world.provider.hold();
    const waiting = Array.from({ length: 20 }, () => isolate.visit(copyOf(browser)));
    const aborted = new AbortController();
    const gone = isolate.visit(copyOf(browser), { signal: aborted.signal });
    aborted.abort();
    await new Promise((resolve) => setTimeout(resolve, 60));
    hold.release();
    expect(states(await Promise.all([...waiting, gone]))).toEqual(["authenticated"]);
    expect(world.provider.count("refresh")).toBe(1);
    expect(world.ledger.count("settle")).toBe(1);
  });

  test("the work is given to the background before the provider is called", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    await isolate.background.settled();
    const before = isolate.background.promises.length;
    world.clock.advance(400);
    let given = 0;
    world.provider.next((answer) => {
      given = isolate.background.promises.length - before;
      return answer;
    });
    await isolate.visit(browser);
    expect(given).toBe(1);
  });

  test("a live token does not wait for somebody else's refresh", async () => {
    const world = await createWorld();
    const [one, two] = [world.isolate(), world.isolate()];
    const browser = await world.signIn(one);
    world.clock.advance(280);
    const hold = world.provider.hold();
    const leading = one.visit(copyOf(browser));
    while (world.provider.count("refresh") === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const auth = await two.visit(copyOf(browser));
    expect(auth).toMatchObject({ state: "authenticated", refreshed: false, degraded: false });
    expect(setCookies(auth)).toEqual([]);
    hold.release();
    expect(await leading).toMatchObject({ state: "authenticated", refreshed: true });
    expect(world.provider.count("refresh")).toBe(1);
  });
});

describe("older cookies", () => {
  test("RF-04 an old cookie 1 to 59 s after the refresh gets the newer session, 0 calls", async () => {
    for (const seconds of [1, 59]) {
      const world = await createWorld();
      const isolate = world.isolate();
      const browser = await world.signIn(isolate);
      const before = browser.cookie();
      const old = createBrowser();
      world.clock.advance(400);
      await isolate.visit(browser);
      await isolate.visit(browser);
      world.clock.advance(seconds);
      for (const where of [isolate, world.isolate()]) {
        old.plant(before);
        const auth = await where.visit(old);
        expect(auth.state).toBe("authenticated");
        expect(setCookies(auth)).toHaveLength(1);
      }
      expect(world.provider.count("refresh")).toBe(1);
    }
  });

  test("RF-05 an old cookie after everything that could adopt it: stale, 0 calls, no Set-Cookie, refresh_reuse", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const old = copyOf(browser);
    world.clock.advance(300);
    await isolate.visit(browser);
    world.clock.advance(300);
    await isolate.visit(browser); // shows the newer cookie, and is refreshed again
    world.clock.advance(61);
    for (const where of [isolate, world.isolate()]) {
      where.events.clear();
      const auth = await where.visit(old);
      expect(auth).toMatchObject({ state: "anonymous", reason: "stale" });
      expect(setCookies(auth)).toEqual([]);
      const sessionId = await ledgerName("", browser.session.sessionId);
      expect(where.events.of("refresh_reuse")).toEqual([{ type: "refresh_reuse", sessionId, userId: "user_01" }]);
    }
    expect(world.provider.count("refresh")).toBe(2);
    expect((await isolate.visit(browser)).state).toBe("authenticated");
  });

  test("RF-21 the response with the new cookie is lost: the old cookie is adopted 2 h later, no consumed token is sent", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const old = copyOf(browser);
    world.clock.advance(400);
    await isolate.visit(browser); // its answer never reaches `old`
    world.clock.advance(7200);
    const auth = await world.isolate().visit(old);
    expect(auth).toMatchObject({ state: "authenticated", refreshed: true });
    // The successor had ended as well, so it was refreshed in turn, with its own token.
    expect(world.provider.count("refresh")).toBe(2);
    expect(world.provider.isUsable("refresh_01")).toBe(false);
  });

  test("RF-22 a late response overwrites a newer cookie: the visitor stays in", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const late = await world.isolate().sessions.validate(browser.request());
    const before = browser.cookie();
    world.clock.advance(290);
    await isolate.visit(browser);
    browser.receive(late);
    browser.plant(before);
    world.clock.advance(30);
    expect((await world.isolate().visit(browser)).state).toBe("authenticated");
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("RF-22 an old cookie on a warm isolate is given the newest session, not one in between", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, { organizationId: "org_01", organizations: ["org_01", "org_02"] });
    const old = copyOf(browser);
    world.clock.advance(280);
    await isolate.visit(browser);
    const switched = await isolate.sessions.switchOrganization(browser.request(), "org_02", isolate.background);
    browser.receive(switched.auth);
    const calls = world.ledger.calls.length;
    const auth = await isolate.visit(old);
    expect(auth).toMatchObject({ state: "authenticated", organizationId: "org_02" });
    expect(old.cookie()).toBe(browser.cookie());
    expect(world.ledger.calls.length).toBe(calls);
  });

  test("KR-07 CR-08 a replaced cookie is worth nothing on a warm isolate once its own seal has ended", async () => {
    const world = await createWorld();
    const isolate = world.isolate({ idleSeconds: 400 });
    const browser = await world.signIn(isolate, { expiresInSeconds: 50_000 });
    const old = copyOf(browser);
    world.clock.advance(250);
    expect(setCookies(await isolate.visit(browser))).toHaveLength(1);
    world.clock.advance(150);
    expect(await isolate.visit(old)).toMatchObject({ state: "anonymous", reason: "expired" });
    expect((await isolate.visit(browser)).state).toBe("authenticated");
  });
});

describe("the session's end", () => {
  test("the provider's word ends a session: cookie deleted, one event, and every later request costs no call", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const other = copyOf(browser);
    world.clock.advance(400);
    world.provider.next("invalid_grant");
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect(setCookies(auth)).toEqual([CLEARED]);
    expect(isolate.events.types()).toContain("session_expired");
    const there = world.isolate();
    const late = await there.visit(other);
    expect(late).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect(setCookies(late)).toEqual([CLEARED]);
    expect(there.events.of("session_expired")).toHaveLength(1);
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("a session that ends while it is refreshed is over, not an error", async () => {
    const world = await createWorld();
    const isolate = world.isolate({ absoluteSeconds: 400 });
    const browser = await world.signIn(isolate);
    world.clock.advance(399);
    world.provider.next((answer) => {
      world.clock.advance(5);
      return answer;
    });
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "anonymous", reason: "expired" });
    expect(setCookies(auth)).toEqual([CLEARED]);
  });
});
