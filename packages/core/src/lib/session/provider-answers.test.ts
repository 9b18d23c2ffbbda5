import { describe, expect, test } from "vitest";
import { CLEARED, setCookies } from "../../../test/browser.js";
import { createWorld } from "../../../test/world.js";

describe("odd answers of the provider", () => {
  test("RF-06 an access token that is none: the refresh token that came with it is kept, the used one never sent again", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.provider.next("malformed", "malformed");
    world.clock.advance(280);
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", degraded: true });
    expect(isolate.events.of("provider_unreachable")[0]?.reason).toBe("token_malformed");
    world.clock.advance(120);
    const ended = await world.isolate().visit(browser);
    expect(ended).toMatchObject({ state: "unavailable", reason: "provider_unreachable" });
    expect(setCookies(ended)).not.toContain(CLEARED);
    world.clock.advance(10);
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
    expect(world.provider.count("refresh")).toBe(3);
    expect(isolate.events.of("token_refresh")).toHaveLength(1);
  });

  test("RF-09 the provider hands out tokens that have ended: one call in 10 s per session, no log-out, an event", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.provider.setTokenLife(-30);
    world.clock.advance(400);
    for (let second = 0; second < 10; second++) {
      const auth = await isolate.visit(browser);
      expect(auth.state).toBe("unavailable");
      expect(setCookies(auth)).not.toContain(CLEARED);
      world.clock.advance(1);
    }
    expect(world.provider.count("refresh")).toBe(1);
    expect(isolate.events.of("clock_skew")).toHaveLength(1);
    world.provider.setTokenLife(300);
    expect((await isolate.visit(browser)).state).toBe("authenticated");
    expect(world.provider.count("refresh")).toBe(2);
  });

  test("RF-09 tokens of 60 s with a buffer of 60 s are renewed at a quarter of their life, not at every request", async () => {
    const world = await createWorld();
    const isolate = world.isolate({ bufferSeconds: 60 });
    const browser = await world.signIn(isolate, { expiresInSeconds: 60 });
    world.provider.setTokenLife(60);
    for (let second = 0; second < 40; second++) {
      expect((await isolate.visit(browser)).state).toBe("authenticated");
      world.clock.advance(1);
    }
    expect(world.provider.count("refresh")).toBe(0);
    world.clock.advance(6);
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("RF-20 the edge's clock is 10 min fast or slow: 503 with clock_skew, one call in 10 s, no log-out", async () => {
    for (const skew of [600, -600]) {
      const world = await createWorld();
      const browser = await world.signIn(world.isolate());
      const isolate = world.isolate({ now: () => world.clock.now() + skew });
      world.clock.advance(1);
      let calls = 0;
      for (let second = 0; second < 30; second++) {
        const auth = await isolate.visit(browser);
        expect(auth.state).toBe("unavailable");
        expect(setCookies(auth)).not.toContain(CLEARED);
        world.clock.advance(1);
        calls = world.provider.count("refresh");
      }
      expect(calls).toBeLessThanOrEqual(3);
      expect(isolate.events.of("clock_skew").length).toBeGreaterThan(0);
    }
  });

  test("RF-23 the provider sends no new refresh token, or the same again: refreshes go on", async () => {
    for (const refreshToken of [undefined, "the_same"]) {
      const world = await createWorld();
      const isolate = world.isolate();
      const browser = await world.signIn(isolate);
      world.provider.reuses(true);
      for (let round = 1; round <= 3; round++) {
        world.provider.next(({ refreshToken: same, ...answer }) =>
          refreshToken ? { ...answer, refreshToken: same! } : answer,
        );
        world.clock.advance(400);
        expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
        expect(world.provider.count("refresh")).toBe(round);
      }
    }
  });

  test("somebody else's token in the answer is never used, and the session stays", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(280);
    world.provider.next(async (answer) => {
      const other = await world.provider.signIn({ user: { id: "user_02" } });
      return { ...answer, accessToken: other.accessToken, ...(other.user && { user: other.user }) };
    });
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "authenticated", user: { id: "user_01" }, degraded: true });
    expect(setCookies(auth)).toEqual([]);
    expect(isolate.events.of("provider_unreachable")[0]?.reason).toBe("other_user");
  });

  test("a name cut in the middle of a character, a picture instead of its address, unknown fields: nobody is kept out", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const user = {
      id: "user_01",
      firstName: "cut \ud83d",
      profilePictureUrl: `data:image/png;base64,${"A".repeat(100_000)}`,
      rawAttributes: { secret: "canary" },
    };
    world.provider.next((answer) => ({ ...answer, user }));
    world.clock.advance(400);
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "authenticated", refreshed: true });
    if (auth.state === "authenticated") expect(auth.user).toEqual({ id: "user_01", firstName: "cut \ufffd" });
    const there = await world.isolate().visit(browser);
    if (there.state === "authenticated") expect(there.user).toEqual({ id: "user_01", firstName: "cut \ufffd" });
    expect(there.state).toBe("authenticated");
  });

  test("a session that grew too large keeps its old cookie, stays in through the ledger, and an event says so", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const before = browser.cookie();
    // More than four cookies hold, and less than a ledger's seal does.
    world.provider.change({ user: { lastName: "A".repeat(11_100) } });
    for (let round = 0; round < 3; round++) {
      world.clock.advance(400);
      for (let again = 0; again < 2; again++) {
        const auth = await world.isolate().visit(browser);
        expect(auth).toMatchObject({ state: "authenticated", refreshed: true });
        expect(setCookies(auth)).toEqual([]);
      }
    }
    expect(browser.cookie()).toBe(before);
    expect(world.provider.count("refresh")).toBe(3);
    const last = world.isolate();
    await last.visit(browser);
    expect(last.events.of("session_too_large")).toHaveLength(1);
  });

  test("RF-12 HEAD and prefetch near the token's end carry the new cookie", async () => {
    for (const init of [{ method: "HEAD" }, { headers: { "Sec-Purpose": "prefetch" } }]) {
      const world = await createWorld();
      const isolate = world.isolate();
      const browser = await world.signIn(isolate);
      const before = browser.cookie();
      world.clock.advance(290);
      const auth = await isolate.visit(browser, init);
      expect(auth).toMatchObject({ state: "authenticated", refreshed: true });
      expect(browser.cookie()).not.toBe(before);
    }
  });

  test("RF-11 the refresh is over before the handler runs: its answer has the cookie in its headers", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(400);
    const auth = await isolate.visit(browser);
    const { readable, writable } = new TransformStream();
    const answer = auth.apply(new Response(readable));
    expect(answer.headers.getSetCookie()).toEqual(setCookies(auth));
    expect(world.provider.count("refresh")).toBe(1);
    await writable.close();
    await answer.text();
  });
});
