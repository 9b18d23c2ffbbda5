import { describe, expect, test, vi } from "vitest";
import { CLEARED, copyOf, createBrowser, setCookies } from "../../../test/browser.js";
import { createWorld } from "../../../test/world.js";
import type { AuditEventType } from "../base/ports.js";

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("the ledger fails", () => {
  test("ST-04 a broken stub is asked once more, and nobody notices", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(400);
    world.ledger.fail("claim", 1);
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
    expect(world.ledger.count("claim")).toBe(2);
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("ST-04 a ledger that stays away is an outage: no lease, no call; live tokens pass, ended ones get 503", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const before = browser.cookie();
    world.ledger.fail("claim", 4);
    world.clock.advance(290);
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", degraded: true });
    world.clock.advance(110);
    const ended = await isolate.visit(browser);
    expect(ended).toMatchObject({ state: "unavailable", reason: "ledger_unreachable" });
    expect(setCookies(ended)).toEqual([]);
    expect(browser.cookie()).toBe(before);
    expect(world.provider.count("refresh")).toBe(0);
    expect(isolate.events.of("ledger_unreachable")).toHaveLength(2);
    expect((await isolate.visit(browser)).state).toBe("authenticated");
  });

  test("settling succeeds at the third try", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(400);
    world.ledger.fail("settle", 2);
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
    expect(world.ledger.count("settle")).toBe(3);
    expect(isolate.events.of("ledger_settle_failed")).toEqual([]);
  });

  test("settling failed three times: the new cookie is sent all the same, and it works from then on", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(400);
    world.ledger.fail("settle", 3);
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "authenticated", refreshed: true });
    expect(setCookies(auth)).toHaveLength(1);
    expect(isolate.events.of("ledger_settle_failed")).toHaveLength(1);
    world.clock.advance(400);
    expect(await world.isolate().visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
    expect(world.provider.count("refresh")).toBe(2);
  });

  test("the provider's word reaches no ledger: an outage, no log-out", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(400);
    world.provider.next("invalid_grant");
    world.ledger.fail("settle", 3);
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "unavailable", reason: "ledger_unreachable" });
    expect(setCookies(auth)).toEqual([]);
  });
});

describe("leaders that die", () => {
  test("RF-27 a leader cancelled before the provider answered: the next one leads after the lease, and nobody is logged out", async () => {
    const world = await createWorld();
    const [one, two] = [world.isolate(), world.isolate()];
    const browser = await world.signIn(one);
    world.clock.advance(400);
    // Cancelled right after its claim: on Workers nothing of it runs any more.
    const dying = world.isolate();
    world.provider.next(() => new Promise(() => undefined));
    void dying.visit(copyOf(browser));
    await until(() => world.provider.count("refresh") === 1);
    world.clock.advance(9);
    const waiting = two.visit(copyOf(browser));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(world.provider.count("refresh")).toBe(1);
    world.clock.advance(1);
    // Its token was used up: the loss is told, and nothing is deleted.
    const auth = await waiting;
    expect(auth).toMatchObject({ state: "anonymous", reason: "refresh_lost" });
    expect(setCookies(auth)).toEqual([]);
    expect(two.events.types()).toEqual(["refresh_lost"]);
    expect(world.provider.count("refresh")).toBe(2);
  });

  test("RF-27 the visitor is gone, the background settles: the old cookie adopts, 0 extra calls", async () => {
    const world = await createWorld();
    const one = world.isolate();
    const browser = await world.signIn(one);
    world.clock.advance(400);
    const hold = world.provider.hold();
    void one.visit(copyOf(browser)); // nobody waits for it
    await until(() => world.provider.count("refresh") === 1);
    hold.release();
    await one.background.settled();
    const auth = await world.isolate().visit(browser);
    expect(auth).toMatchObject({ state: "authenticated", refreshed: true });
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("RF-27 without a background the visitor who stays has the new session, settled before it is answered", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const old = copyOf(browser);
    world.clock.advance(400);
    const auth = await isolate.sessions.validate(browser.request());
    expect(auth).toMatchObject({ state: "authenticated", refreshed: true });
    expect(setCookies(auth)).toHaveLength(1);
    expect([world.provider.count("refresh"), world.ledger.count("settle")]).toEqual([1, 1]);
    expect(await world.isolate().sessions.validate(old.request())).toMatchObject({ state: "authenticated" });
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("ID-02 a provider that hangs: after 9 s the visitor is told to come back, and what arrives later is kept", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    await isolate.visit(browser);
    world.clock.advance(400);
    const hold = world.provider.hold();
    const realTimeout = globalThis.setTimeout;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const visiting = isolate.visit(browser);
      while (world.provider.count("refresh") === 0) await new Promise((resolve) => realTimeout(resolve, 1));
      await vi.advanceTimersByTimeAsync(9_000);
      const auth = await visiting;
      expect(auth).toMatchObject({ state: "unavailable", reason: "provider_unreachable" });
      expect(setCookies(auth)).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
    world.clock.advance(15);
    hold.release();
    await isolate.background.settled();
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("a lapsed leader whose tokens arrive after another one's is refused, and its visitor gets the other's", async () => {
    const world = await createWorld();
    const [slow, fast] = [world.isolate(), world.isolate()];
    const browser = await world.signIn(slow);
    world.provider.reuses(true);
    world.clock.advance(400);
    let release: (() => void) | undefined;
    world.provider.next(async (answer) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return answer;
    });
    const late = slow.visit(copyOf(browser));
    await until(() => release !== undefined);
    world.clock.advance(11);
    const first = await fast.visit(copyOf(browser));
    release?.();
    const second = await late;
    for (const auth of [first, second]) expect(auth).toMatchObject({ state: "authenticated", refreshed: true });
    if (first.state === "authenticated" && second.state === "authenticated") {
      expect(second.accessToken).toBe(first.accessToken);
    }
    expect(slow.events.of("token_refresh")).toEqual([]);
  });
});

describe("log-out", () => {
  test("RF-26 while a refresh is in flight: `ended` wins, and the new tokens are revoked", async () => {
    const world = await createWorld();
    const [one, two] = [world.isolate(), world.isolate()];
    const browser = await world.signIn(one);
    world.clock.advance(400);
    const hold = world.provider.hold();
    const refreshing = one.visit(copyOf(browser));
    await until(() => world.provider.count("refresh") === 1);
    const ended = await two.sessions.end(browser.request(), two.background);
    expect(ended.cookies).toEqual([CLEARED]);
    hold.release();
    const auth = await refreshing;
    expect(auth).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect(setCookies(auth)).toEqual([]);
    await one.background.settled();
    expect(world.provider.count("revoke")).toBe(2);
    expect(one.events.types().filter((type: AuditEventType) => type !== "jwks_keys_changed")).toEqual([
      "session_expired",
    ]);
  });

  test("CR-10 a cookie replayed after the log-out lives as long as its access token, and is never renewed", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const replayed = copyOf(browser);
    expect((await isolate.visit(browser)).state).toBe("authenticated");
    const ended = await isolate.sessions.end(browser.request(), isolate.background);
    expect(ended).toMatchObject({ userId: "user_01", sid: "session_1", cookies: [CLEARED] });
    await isolate.background.settled();
    expect(world.provider.calls.map((call) => call.kind)).toEqual(["revoke"]);
    world.clock.advance(200);
    expect((await world.isolate().visit(replayed)).state).toBe("authenticated");
    world.clock.advance(200);
    for (const where of [isolate, world.isolate()]) {
      const tab = copyOf(replayed);
      expect(await where.visit(tab)).toMatchObject({ state: "anonymous", reason: "session_over" });
      // The log-out's own answer took the cookie back; whoever still shows it is late, and may have signed in again.
      expect(tab.cookie()).toBe(replayed.cookie());
    }
    expect(world.provider.count("refresh")).toBe(0);
  });

  test("log-out does not wait for a provider that hangs, nor call the ledger unreachable for it", async () => {
    const world = await createWorld();
    world.provider.revoke = () => new Promise(() => undefined);
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const ended = await isolate.sessions.end(browser.request(), isolate.background);
    expect(ended.cookies).toEqual([CLEARED]);
    expect(isolate.events.of("ledger_unreachable")).toEqual([]);
  });

  test("log-out works in every state: no cookie, garbage, two cookies, ledger down, provider broken", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    for (const value of [undefined, "garbage"]) {
      const browser = createBrowser();
      browser.plant(value);
      expect(await isolate.sessions.end(browser.request())).toEqual({ cookies: [CLEARED] });
    }
    const twice = new Request("https://app.example.com/", {
      headers: { Cookie: "__Host-session=a; __Host-session=b" },
    });
    expect(await isolate.sessions.end(twice)).toEqual({ cookies: [CLEARED] });
    const browser = await world.signIn(isolate);
    world.ledger.fail("settle", 3);
    world.provider.revoke = () => Promise.reject(new Error("down"));
    const ended = await isolate.sessions.end(browser.request(), isolate.background);
    expect(ended.cookies).toEqual([CLEARED]);
    expect(isolate.events.of("ledger_unreachable")).toHaveLength(1);
    await isolate.background.settled();
  });

  test("CK-17 a new sign-in makes a new session and ends the one that lay in the browser", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const planted = await world.signIn(isolate);
    const made = await isolate.sessions.fromTokens(await world.provider.signIn({ user: { id: "user_02" } }));
    if (!made.ok) throw new Error(made.reason);
    const headers = new Headers();
    for (const line of await isolate.sessions.begin(planted.request(), made.session, isolate.background)) {
      headers.append("Set-Cookie", line);
    }
    const before = copyOf(planted);
    planted.receive({ headers });
    await isolate.background.settled();
    expect(made.session.sessionId).not.toBe(planted.session.sessionId);
    expect(made.session.generation).toBe(0);
    expect(await isolate.visit(planted)).toMatchObject({ state: "authenticated", user: { id: "user_02" } });
    expect(world.provider.count("revoke")).toBe(1);
    world.clock.advance(400);
    expect(await isolate.visit(before)).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect((await isolate.visit(planted)).state).toBe("authenticated");
  });
});
