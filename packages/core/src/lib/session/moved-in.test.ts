import { describe, expect, test } from "vitest";
import { COOKIE_NAME, copyOf, createBrowser, setCookies } from "../../../test/browser.js";
import { createStoredWorld, credentialOf } from "../../../test/stored-world.js";
import { base64url } from "../base/bytes.js";
import { ledgerName } from "./ledger-name.js";

const ADA = { user: { id: "user_ada" } };

/** What no compression makes small. */
function noise(characters: number): string {
  let text = "";
  while (text.length < characters) text += base64url(crypto.getRandomValues(new Uint8Array(3_000)));
  return text.slice(0, characters);
}

describe("turning the store on", () => {
  test("logs nobody out: a sealed cookie moves in, 50 tabs at once, and all have the same id", async () => {
    const world = await createStoredWorld();
    const browser = await world.signIn(world.bare(), ADA);
    const isolates = [world.isolate(), world.isolate()] as const;
    const tabs = Array.from({ length: 50 }, () => copyOf(browser));
    const answers = await Promise.all(tabs.map((tab, at) => isolates[at % 2]!.visit(tab)));
    expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(["authenticated"]));
    expect(new Set(tabs.map((tab) => tab.cookie())).size).toBe(1);
    const { id, person } = credentialOf(tabs[0]!);
    expect(tabs[0]!.cookie()).toBe(`eo1.${id}.${person}`);
    expect((await isolates[0].visit(tabs[0]!)).state).toBe("authenticated");
    const listed = await world.home.getByName(person).list!();
    expect(listed.map(({ name }) => name)).toEqual([await ledgerName("", browser.session.sessionId)]);
  });

  test("renews an ended token on the way, once, and a late tab with the sealed text follows", async () => {
    const world = await createStoredWorld();
    const browser = await world.signIn(world.bare());
    const late = copyOf(browser);
    world.clock.advance(400);
    const isolate = world.isolate();
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
    expect(browser.cookie()).toMatch(/^eo1\./);
    world.clock.advance(1_000);
    expect((await isolate.visit(late)).state).toBe("authenticated");
    expect(late.cookie()).toBe(browser.cookie());
    expect(isolate.events.of("refresh_reuse")).toEqual([]);
  });

  test("two sealed texts of one session are one session with two keys", async () => {
    const world = await createStoredWorld();
    const bare = world.bare();
    const browser = await world.signIn(bare);
    const older = copyOf(browser);
    world.clock.advance(20);
    await bare.refresh(browser);
    expect(older.cookie()).not.toBe(browser.cookie());
    const isolate = world.isolate();
    for (const tab of [browser, older]) expect((await isolate.visit(tab)).state).toBe("authenticated");
    expect(credentialOf(older).id).not.toBe(credentialOf(browser).id);
    expect(await world.home.getByName(credentialOf(browser).person).list!()).toHaveLength(1);
    await isolate.sessions.end(browser.request(), isolate.background);
    expect(await isolate.visit(older)).toMatchObject({ state: "anonymous", reason: "session_over" });
  });

  test("CR-10 a session that was ended in the store stays ended, whatever sealed copy of it turns up", async () => {
    const world = await createStoredWorld();
    const browser = await world.signIn(world.bare());
    const stolen = [copyOf(browser), copyOf(browser)] as const;
    const isolate = world.isolate();
    await isolate.visit(browser);
    await isolate.sessions.end(browser.request(), isolate.background);
    for (const where of [isolate, world.isolate()]) {
      for (const copy of stolen) {
        const auth = await where.visit(copy);
        expect(auth).toMatchObject({ state: "anonymous", reason: "session_over" });
        expect(setCookies(auth)).toEqual([]);
      }
    }
  });

  test("CR-10 one that was left before it moved in does not move in afterwards", async () => {
    const world = await createStoredWorld();
    const browser = await world.signIn(world.bare());
    const copy = copyOf(browser);
    const isolate = world.isolate();
    await isolate.sessions.end(browser.request(), isolate.background);
    expect(await isolate.visit(copy)).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect(world.home.count("save")).toBe(0);
  });

  test.each([true, false])(
    "RF-05 an old sealed cookie, stolen once, leads nowhere: as without a store (its owner was there: %s)",
    async (ownerCame) => {
      const world = await createStoredWorld();
      const bare = world.bare();
      const browser = await world.signIn(bare, ADA);
      const stolen = copyOf(browser);
      for (let round = 0; round < 5; round++) {
        world.clock.advance(280);
        expect((await bare.visit(browser)).state).toBe("authenticated");
      }
      expect(await bare.visit(copyOf(stolen))).toMatchObject({ state: "anonymous", reason: "stale" });
      const isolate = world.isolate();
      if (ownerCame) expect((await isolate.visit(browser)).state).toBe("authenticated");
      for (const where of [isolate, world.isolate()]) {
        const thief = copyOf(stolen);
        expect(await where.visit(thief)).toMatchObject({ state: "anonymous", reason: "stale" });
        expect(thief.cookie()).toBe(stolen.cookie());
        expect(where.events.of("refresh_reuse")).toHaveLength(1);
      }
      expect((await isolate.visit(browser)).state).toBe("authenticated");
    },
  );

  test("while the store is down a sealed cookie waits, and is no less good afterwards", async () => {
    const world = await createStoredWorld();
    const browser = await world.signIn(world.bare());
    const isolate = world.isolate();
    world.home.down = true;
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "unavailable", reason: "store_unreachable" });
    expect(setCookies(auth)).toEqual([]);
    world.home.down = false;
    expect((await isolate.visit(browser)).state).toBe("authenticated");
  });
});

describe("sessions that are too large for cookies", () => {
  const LARGE = { claims: { blob: noise(11_000) }, user: { id: "user_ada", lastName: noise(4_000) } };

  test("fall over to the store at the sign-in, and the others stay sealed", async () => {
    const world = await createStoredWorld({ sessions: "too_large" });
    const isolate = world.isolate();
    const small = await world.signIn(isolate);
    const large = await world.signIn(isolate, LARGE);
    expect(small.cookie()).toMatch(/^es1\./);
    expect(large.cookie(COOKIE_NAME)).toMatch(/^eo1\./);
    world.home.clear();
    expect((await isolate.visit(small)).state).toBe("authenticated");
    expect(world.home.calls).toEqual([]);
    world.clock.advance(400);
    expect(await isolate.visit(large)).toMatchObject({ state: "authenticated", refreshed: true });
    expect(isolate.events.of("session_too_large")).toEqual([]);
  });

  test("move in when they grow on a refresh, and their sealed tabs follow", async () => {
    const world = await createStoredWorld({ sessions: "too_large" });
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, ADA);
    expect(browser.cookie()).toMatch(/^es1\./);
    const tabs = [copyOf(browser), copyOf(browser)] as const;
    world.provider.change(LARGE);
    world.clock.advance(400);
    for (const tab of [browser, ...tabs]) {
      expect(await isolate.visit(tab)).toMatchObject({ state: "authenticated" });
      expect(tab.cookie()).toMatch(/^eo1\./);
      expect((await isolate.visit(tab)).state).toBe("authenticated");
    }
    expect(new Set([browser, ...tabs].map((tab) => tab.cookie())).size).toBe(1);
    expect(world.provider.count("refresh")).toBe(1);
  });
});

test("a text that nobody sealed does not move in", async () => {
  const world = await createStoredWorld();
  const browser = createBrowser();
  browser.plant(`es1.${"A".repeat(400)}`);
  expect(await world.isolate().visit(browser)).toMatchObject({ state: "anonymous", reason: "unknown_key" });
  expect(world.home.calls).toEqual([]);
});
