import { describe, expect, test } from "vitest";
import { createBrowser, setCookies } from "../../../test/browser.js";
import { NOW } from "../../../test/tokens.js";
import { createWorld } from "../../../test/world.js";

const ONE = "q8Zr4vW1nXc7Lt0yBe5uKa9sDf3gHj6m";
const TWO = "Xo3mPq7ZrT5wYk1nVb8cLs2dGh6jFa4e";
const LONG = { expiresInSeconds: 100_000 };

type Key = { version: number; active?: boolean; activeFrom?: string; openUntil?: string; revoked?: true };

function keys(...list: readonly Key[]): string {
  return JSON.stringify(list.map((key) => ({ ...key, secret: key.version === 1 ? ONE : TWO })));
}

function at(seconds: number): string {
  return new Date((NOW + seconds) * 1000).toISOString();
}

const OLD = keys({ version: 1, active: true });
const BOTH = keys({ version: 2, activeFrom: at(1000) }, { version: 1, active: true });
const NEW = keys({ version: 2, active: true });

describe("a rotation", () => {
  test("KR-05 KR-06 before, across and after the moment, then without the old key: 0 log-outs, 0 errors", async () => {
    const world = await createWorld();
    const isolates = [world.isolate({ sessionKeys: BOTH }), world.isolate({ sessionKeys: BOTH })] as const;
    const browsers = await Promise.all(Array.from({ length: 20 }, () => world.signIn(isolates[0], LONG)));
    let resealed = 0;
    for (const step of [500, 499, 1, 1, 400]) {
      world.clock.advance(step);
      for (const [number, browser] of browsers.entries()) {
        const auth = await isolates[number % 2]!.visit(browser);
        expect(auth).toMatchObject({ state: "authenticated", refreshed: false });
        resealed += setCookies(auth).length;
      }
    }
    expect(resealed).toBe(20);
    expect(world.ledger.count("claim")).toBe(0);
    const after = world.isolate({ sessionKeys: NEW });
    for (const browser of browsers) {
      const auth = await after.visit(browser);
      expect(auth.state).toBe("authenticated");
      expect(setCookies(auth)).toEqual([]);
    }
  });

  test("KR-04 a seal of a key that is only staged here opens, and is not sealed downwards", async () => {
    const world = await createWorld();
    const ahead = world.isolate({ sessionKeys: keys({ version: 2, active: true }, { version: 1 }) });
    const behind = world.isolate({ sessionKeys: keys({ version: 1, active: true }, { version: 2 }) });
    const browser = await world.signIn(ahead, LONG);
    for (let round = 0; round < 3; round++) {
      for (const where of [behind, ahead]) {
        const auth = await where.visit(browser);
        expect(auth.state).toBe("authenticated");
        expect(setCookies(auth)).toEqual([]);
      }
    }
  });

  test("the answer of an outdated cookie carries the new one, with the version in an event, and the old one still works", async () => {
    const world = await createWorld();
    const isolate = world.isolate({ sessionKeys: BOTH });
    const browser = await world.signIn(isolate, LONG);
    const old = createBrowser();
    old.plant(browser.cookie());
    world.clock.advance(1000);
    const auth = await isolate.visit(browser);
    expect(setCookies(auth)).toHaveLength(1);
    expect(setCookies(auth)[0]).toContain("; Max-Age=2591000; ");
    expect(isolate.events.of("seal_opened_with_retired_key")).toEqual([
      { type: "seal_opened_with_retired_key", keyVersion: 1 },
    ]);
    // A late tab on this isolate is given the one that was made, not another one.
    expect((await isolate.visit(old)).state).toBe("authenticated");
    expect(old.cookie()).toBe(browser.cookie());
  });

  test("no re-seal within two buffers of the token's end: the refresh seals anyway", async () => {
    const world = await createWorld();
    const isolate = world.isolate({ sessionKeys: BOTH });
    const browser = await world.signIn(isolate, { expiresInSeconds: 1050 });
    world.clock.advance(1000 - 60);
    world.clock.advance(60 - 115 + 60); // 105 s left: within two buffers of 60 s, not yet due
    const soon = await isolate.visit(browser);
    expect(soon).toMatchObject({ state: "authenticated", refreshed: false });
    expect(setCookies(soon)).toEqual([]);
  });

  test("no re-seal of an older session than this isolate has seen", async () => {
    const world = await createWorld();
    const isolate = world.isolate({ sessionKeys: BOTH });
    const browser = await world.signIn(isolate, { expiresInSeconds: 2000 });
    world.provider.setTokenLife(5000);
    const old = browser.cookie();
    const other = world.isolate({ sessionKeys: BOTH });
    await other.refresh(browser);
    await isolate.visit(browser);
    browser.plant(old);
    world.clock.advance(1100);
    const auth = await isolate.visit(browser);
    expect(auth.state).toBe("authenticated");
    expect(setCookies(auth)).toEqual([]);
  });

  test("RF-28 rolled back, no cookie is deleted; rolled forward, all open", async () => {
    const world = await createWorld();
    const ahead = world.isolate({ sessionKeys: keys({ version: 2, active: true }, { version: 1 }) });
    const back = world.isolate({ sessionKeys: OLD });
    const browser = await world.signIn(ahead, LONG);
    const before = browser.cookie();
    const lost = await back.visit(browser);
    expect(lost).toMatchObject({ state: "anonymous", reason: "unknown_key" });
    expect(setCookies(lost)).toEqual([]);
    expect(back.events.types()).toEqual(["unknown_key"]);
    expect(browser.cookie()).toBe(before);
    expect((await ahead.visit(browser)).state).toBe("authenticated");
  });

  test("RF-28 a successor sealed by a key this isolate does not have: no deletion, and it opens after rolling forward", async () => {
    const world = await createWorld();
    const back = world.isolate({ sessionKeys: OLD });
    const ahead = world.isolate({ sessionKeys: keys({ version: 2, active: true }, { version: 1 }) });
    const browser = await world.signIn(back);
    const old = browser.cookie();
    world.clock.advance(400);
    await ahead.visit(browser);
    browser.plant(old);
    const lost = await back.visit(browser);
    expect(lost).toMatchObject({ state: "anonymous", reason: "unknown_key" });
    expect(setCookies(lost)).toEqual([]);
    expect((await ahead.visit(browser)).state).toBe("authenticated");
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("RF-28 an isolate that trusts another issuer refreshes into tokens it refuses: nothing is lost", async () => {
    const world = await createWorld();
    const browser = await world.signIn(world.isolate());
    const { verify } = world.provider;
    const other = world.isolate({ trust: { verify: { ...verify, issuer: "https://elsewhere.example.com" } } });
    world.clock.advance(400);
    expect(await other.visit(browser)).toMatchObject({ state: "anonymous", reason: "issuer_mismatch" });
    expect(browser.cookie()).toBeDefined();
    expect((await world.isolate().visit(browser)).state).toBe("authenticated");
    expect(world.provider.count("refresh")).toBe(1);
  });
});

describe("keys that go", () => {
  test("KR-07 after `openUntil` a cookie is key_retired, also on a warm isolate, and stays in the browser", async () => {
    const world = await createWorld();
    const sessionKeys = keys({ version: 2, activeFrom: at(100) }, { version: 1, active: true, openUntil: at(500) });
    const isolate = world.isolate({ sessionKeys });
    const browser = await world.signIn(isolate, LONG);
    const old = createBrowser();
    old.plant(browser.cookie());
    world.clock.advance(200);
    await isolate.visit(browser);
    world.clock.advance(300);
    for (const where of [isolate, world.isolate({ sessionKeys })]) {
      where.events.clear();
      const auth = await where.visit(old);
      expect(auth).toMatchObject({ state: "anonymous", reason: "key_retired" });
      expect(setCookies(auth)).toEqual([]);
      expect(where.events.of("key_retired")).toHaveLength(1);
    }
    expect((await isolate.visit(browser)).state).toBe("authenticated");
  });

  test("KR-08 KR-10 with all older keys revoked every cookie is anonymous, none is deleted, and signing in works", async () => {
    const world = await createWorld();
    const browser = await world.signIn(world.isolate({ sessionKeys: OLD }), LONG);
    const isolate = world.isolate({ sessionKeys: keys({ version: 2, active: true }, { version: 1, revoked: true }) });
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "anonymous", reason: "key_revoked" });
    expect(setCookies(auth)).toEqual([]);
    expect(isolate.events.types()).toEqual(["key_revoked"]);
    expect((await isolate.visit(await world.signIn(isolate))).state).toBe("authenticated");
  });
});
