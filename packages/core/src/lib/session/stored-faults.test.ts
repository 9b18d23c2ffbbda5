import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { copyOf, setCookies } from "../../../test/browser.js";
import type { ShelfFault } from "../../../test/counted-home.js";
import { createStoredWorld, credentialOf } from "../../../test/stored-world.js";

const LONG = { expiresInSeconds: 100_000 };

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const realTimeout = globalThis.setTimeout;

/** Lets every deadline and pause pass that the work waits for, and gives the cryptography, which has one, too, its real time. */
async function settled<Result>(work: Promise<Result>): Promise<Result> {
  let isDone = false;
  const watched = work.finally(() => {
    isDone = true;
  });
  watched.catch(() => undefined); // awaited below
  while (!isDone) {
    await new Promise((resolve) => realTimeout(resolve, 5));
    if (!isDone) await vi.advanceTimersByTimeAsync(100);
  }
  return watched;
}

describe("a store that does not answer", () => {
  test.each([
    ["fails twice", "fail", 2],
    ["loses two answers", "lost", 2],
    ["hangs", "hang", 1],
  ] as const)("%s: 503, nothing is deleted, nobody is logged out", async (_what, fault: ShelfFault, times) => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    await isolate.visit(browser);
    world.home.fault("load", fault, times);
    const auth = await settled(isolate.visit(browser));
    expect(auth).toMatchObject({ state: "unavailable", reason: "store_unreachable", retryAfterSeconds: 1 });
    if (auth.state !== "unavailable") return;
    const answer = auth.deny();
    expect(answer.status).toBe(503);
    expect(await answer.text()).toBe('{"error":"unavailable"}');
    expect(setCookies(auth)).toEqual([]);
    expect(isolate.events.types()).toEqual(["store_unreachable"]);
    expect((await isolate.visit(browser)).state).toBe("authenticated");
  });

  test("fails once: it is asked again, and nobody notices", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.home.clear();
    world.home.fault("load", "fail", 1);
    expect((await settled(isolate.visit(browser))).state).toBe("authenticated");
    expect(world.home.calls).toEqual(["load", "load"]);
    expect(isolate.events.types()).toEqual([]);
  });

  test("is down for a day, with visits in between: everybody is signed in afterwards", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.home.down = true;
    for (let hour = 0; hour < 24; hour++) {
      world.clock.advance(3_600);
      expect((await settled(isolate.visit(browser))).state).toBe("unavailable");
    }
    world.home.down = false;
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
  });

  test("at a sign-in: it is an outage and no session", async () => {
    const world = await createStoredWorld();
    world.home.down = true;
    await expect(settled(world.signIn(world.isolate()))).rejects.toMatchObject({ code: "store_unreachable" });
  });
});

describe("a save that fails", () => {
  test.each(["fail", "lost", "hang"] as const)(
    "after a renewal (%s): the answer stands, and whoever comes next finds it in the ledger, without a second call",
    async (fault) => {
      const world = await createStoredWorld();
      const [one, two] = [world.isolate(), world.isolate()];
      const browser = await world.signIn(one);
      world.clock.advance(400);
      world.home.fault("save", fault, 2);
      expect(await settled(one.visit(browser))).toMatchObject({ state: "authenticated", refreshed: true });
      expect(one.events.types()).toEqual(["token_refresh", "store_unreachable"]);
      world.clock.advance(100);
      for (const isolate of [two, one]) {
        expect(await settled(isolate.visit(browser))).toMatchObject({ state: "authenticated" });
        expect(isolate.events.of("refresh_reuse")).toEqual([]);
      }
      expect(world.provider.count("refresh")).toBe(1);
    },
  );

  test("for a day, while tokens are renewed: nobody is ever taken for a thief", async () => {
    const world = await createStoredWorld();
    const isolates = [world.isolate(), world.isolate()] as const;
    const browser = await world.signIn(isolates[0]);
    world.home.fault("save", "fail", 1_000);
    for (let round = 0; round < 30; round++) {
      world.clock.advance(400);
      const auth = await settled(isolates[round % 2]!.visit(browser));
      expect(auth).toMatchObject({ state: "authenticated", refreshed: true });
    }
    expect(world.provider.count("refresh")).toBe(30);
  });

  test("of a record sealed anew: it is as good as it was", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate({ idleSeconds: 1_000 });
    const browser = await world.signIn(isolate, LONG);
    world.clock.advance(600);
    world.home.fault("save", "fail", 2);
    const auth = await settled(isolate.visit(browser));
    expect(auth.state).toBe("authenticated");
    expect(setCookies(auth)).toEqual([]);
    expect(isolate.events.facts).toEqual([{ type: "store_unreachable", reason: "reseal" }]);
  });
});

describe("a log-out while the store", () => {
  test("fails to look the session up: the cookie goes, and it is ended by its key all the same", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const copy = copyOf(browser);
    world.home.fault("load", "fail", 2);
    const ended = await settled(isolate.sessions.end(browser.request(), isolate.background));
    expect(ended.cookies).toHaveLength(1);
    await settled(isolate.background.settled());
    expect(await isolate.visit(copy)).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect(world.ledger.count("settle")).toBe(1);
    expect(world.provider.count("revoke")).toBe(1);
  });

  test("is down, with a sealed cookie that has not moved in: the ledger and the provider end it", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(world.bare());
    world.home.down = true;
    const ended = await settled(isolate.sessions.end(browser.request(), isolate.background));
    await settled(isolate.background.settled());
    expect(ended).toMatchObject({ userId: "user_01", cookies: [expect.any(String)] });
    expect(world.ledger.count("settle")).toBe(1);
    expect(world.provider.count("revoke")).toBe(1);
  });

  test("fails to end it, for good: the cookie goes, it is told, and the ledger gives out no more tokens", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const copy = copyOf(browser);
    world.home.fault("end", "fail", 3);
    await settled(isolate.sessions.end(browser.request(), isolate.background));
    await settled(isolate.background.settled());
    expect(isolate.events.types()).toContain("store_unreachable");
    world.clock.advance(400);
    expect(await isolate.visit(copy)).toMatchObject({ state: "anonymous", reason: "session_over" });
  });

  test("answers late: a log-out and a request that raced it never bring the session back", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(400);
    const copy = copyOf(browser);
    world.home.before("save", async () => {
      await isolate.sessions.end(browser.request(), isolate.background);
    });
    const auth = await settled(isolate.visit(copy));
    expect(auth).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect(setCookies(auth)).toEqual([]);
    await settled(isolate.background.settled());
    expect(await isolate.visit(copy)).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect(world.home.count("save")).toBe(2);
  });
});

test("whoever is faster is followed: a save that finds a later session there answers with that", async () => {
  const world = await createStoredWorld();
  const [one, two] = [world.isolate(), world.isolate()];
  const browser = await world.signIn(one, { organizations: ["org_2"] });
  world.home.before("save", async () => {
    world.clock.advance(20);
    await two.sessions.switchOrganization(copyOf(browser).request(), "org_2", two.background);
  });
  world.clock.advance(400);
  expect(await settled(one.visit(browser))).toMatchObject({ state: "authenticated", organizationId: "org_2" });
  expect(credentialOf(browser).copy).toBeUndefined();
});
