import { describe, expect, test } from "vitest";
import { asked, Browser, START, type TestAuth, testAuth } from "../../../test/auth-kit.js";
import { copyOf } from "../../../test/browser.js";
import { createStoredWorld } from "../../../test/stored-world.js";
import type { KeyValueStore } from "../base/ports.js";
import { opaqueStore } from "../flow/opaque-store.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { kvSessions } from "./kv-sessions.js";
import { createLocalLedger } from "./local-ledger.js";

const LAG_SECONDS = 60;

/** Key-value storage at its worst: what is written in one location, all others see a minute later. */
function lateStore(now: () => number) {
  const writes: { key: string; value: string; at: number; until: number; by: object }[] = [];
  return (): KeyValueStore => {
    const by = {};
    return {
      async get(key) {
        const seen = writes.filter((one) => one.key === key && (one.by === by || one.at + LAG_SECONDS <= now()));
        const last = seen.at(-1);
        return last !== undefined && now() < last.until ? last.value : null;
      },
      async put(key, value, { expirationTtl = Number.POSITIVE_INFINITY } = {}) {
        writes.push({ key, value, at: now(), until: now() + expirationTtl, by });
      },
      delete: () => Promise.reject(new Error("nothing is ever deleted")),
    };
  };
}

/** Locations that share the store and the ledger, and what their provider was asked. */
function world() {
  const time = { now: START };
  const now = () => time.now;
  const kvAt = lateStore(now);
  const shared = { keyring: parseSessionKeys(generateSessionKeys()), ledger: createLocalLedger({ now }), now };
  const kits: TestAuth[] = [];
  function location(): TestAuth {
    const kit = testAuth({ ...shared, store: opaqueStore({ home: kvSessions(kvAt(), { now }) }) });
    kit.answers.exchange = () => kit.tokens({ iat: time.now, exp: time.now + 300 });
    kit.answers.refresh = () => kit.tokens({ iat: time.now, exp: time.now + 300 });
    kits.push(kit);
    return kit;
  }
  const refreshes = () => kits.flatMap((kit) => asked(kit, "refresh")).length;
  const told = () => kits.flatMap(({ events }) => events.map(({ type }) => type));
  return { time, location, refreshes, told };
}

/** The same browser, whose next request another location answers. */
function through(kit: TestAuth, browser: Browser): Browser {
  const moved = new Browser(kit);
  for (const [name, value] of browser.jar) moved.jar.set(name, value);
  return moved;
}

async function stateOf(browser: Browser): Promise<string> {
  const { state } = await (await browser.send("/auth/me")).json();
  await browser.kit.settle();
  return state;
}

async function signIn(kit: TestAuth): Promise<Browser> {
  const browser = new Browser(kit);
  await browser.signIn();
  await kit.settle();
  return browser;
}

describe("sessions in KV, at several locations", () => {
  test("MB-05 signed in at A, the next request at B works, and every one after it at A and B", async () => {
    const { time, location } = world();
    const [a, b] = [location(), location()];
    let browser = await signIn(a);
    expect(browser.jar.get("__Host-session")).toMatch(/^eo1\.[\w-]{43}\.[\w-]{43}\.es1\./);
    for (let i = 0; i < 40; i++) {
      browser = through(i % 2 === 0 ? b : a, browser);
      expect(await stateOf(browser), `after ${time.now - START} s`).toBe("authenticated");
      time.now += 5;
    }
    expect(browser.jar.get("__Host-session")).toMatch(/^eo1\.[\w-]{43}\.[\w-]{43}$/);
  });

  test.each<[string, (browser: Browser) => Promise<unknown>]>([
    ["a log-out", (browser) => browser.send("/auth/logout", { method: "POST", headers: { "Sec-Fetch-Mode": "cors" } })],
    ["code of the app", ({ kit }) => kit.auth.revoke({ kind: "user", userId: "user_1" }, kit.background)],
  ])(
    "MB-06 %s at A: refused at once there, and at B 60 seconds later, whatever copy its cookie holds",
    async (_, end) => {
      for (const age of [5, 200]) {
        const { time, location } = world();
        const [a, b] = [location(), location()];
        const browser = await signIn(a);
        const copy = through(b, browser);
        expect(await stateOf(copy)).toBe("authenticated");
        time.now += age;
        const again = through(a, browser);
        expect(await stateOf(again)).toBe("authenticated");
        await end(through(a, browser));
        await a.settle();
        expect(await stateOf(through(a, browser))).toBe("anonymous");
        time.now += LAG_SECONDS - 1;
        expect(await stateOf(through(b, browser)), `${age} s old`).toBe("authenticated");
        time.now += 1;
        expect(await stateOf(through(b, browser)), `${age} s old`).toBe("anonymous");
      }
    },
  );

  test("renewed at A, its older record seen at B: nobody is signed out, and the provider is asked once", async () => {
    const { time, location, refreshes, told } = world();
    const [a, b] = [location(), location()];
    let browser = await signIn(a);
    // The copy is gone, and both locations have the record.
    time.now += 130;
    browser = through(b, browser);
    await stateOf(browser);
    time.now = START + 290;
    browser = through(a, browser);
    expect(await stateOf(browser)).toBe("authenticated");
    expect(refreshes()).toBe(1);
    for (const after of [291, 299, 301, 320, 340, 351]) {
      time.now = START + after;
      browser = through(b, browser);
      expect(await stateOf(browser), `at B after ${after} s`).toBe("authenticated");
      browser = through(a, browser);
      expect(await stateOf(browser), `at A after ${after} s`).toBe("authenticated");
    }
    expect(refreshes()).toBe(1);
    expect(told().filter((type) => type === "refresh_reuse" || type === "session_expired")).toEqual([]);
  });

  test("half a day of clicks at both: one call of the provider for each token, and nobody is signed out", async () => {
    const { time, location, refreshes } = world();
    const kits = [location(), location()] as const;
    let browser = await signIn(kits[0]);
    for (let i = 0; i < 600; i++) {
      time.now += 37 + ((i * 29) % 90);
      browser = through(kits[(i * 7) % 3 === 0 ? 1 : 0], browser);
      expect(await stateOf(browser), `click ${i}`).toBe("authenticated");
    }
    const elapsed = time.now - START;
    // A token of 300 s is renewed from its 240th second on at the earliest.
    expect(refreshes()).toBeLessThanOrEqual(Math.ceil(elapsed / 240));
    expect(refreshes()).toBeGreaterThan(elapsed / 420);
  });
});

test("CR-10 a log-out that can see no record ends its session by the name in the copy, which no late record undoes", async () => {
  const values = new Map<string, string>();
  let isLate = true;
  const kv: KeyValueStore = {
    get: async (key) => (isLate && !key.includes(":ended") ? null : (values.get(key) ?? null)),
    put: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
  };
  const stored = await createStoredWorld({ home: ({ clock }) => kvSessions(kv, { now: clock.now }) });
  const isolate = stored.isolate();
  const browser = await stored.signIn(isolate);
  const copy = copyOf(browser);
  const [record] = [...values];
  stored.home.fault("load", "fail", 2);
  await isolate.sessions.end(browser.request(), isolate.background);
  await isolate.background.settled();
  // Written elsewhere a moment before, and seen here a moment after.
  values.set(...record!);
  isLate = false;
  expect(await isolate.visit(copy)).toMatchObject({ state: "anonymous", reason: "session_over" });
  expect(stored.provider.count("revoke")).toBe(1);
});

test("30 sealed cookies at once, when the store is turned on, are one write: KV takes one a second of a key", async () => {
  const written: string[] = [];
  const values = new Map<string, string>();
  const kv: KeyValueStore = {
    get: async (key) => values.get(key) ?? null,
    put: async (key, value) => {
      if (written.includes(key)) throw new Error("KV PUT failed: 429 Too Many Requests");
      written.push(key);
      values.set(key, value);
    },
    delete: async (key) => void values.delete(key),
  };
  const stored = await createStoredWorld({ home: ({ clock }) => kvSessions(kv, { now: clock.now }) });
  const browser = await stored.signIn(stored.bare());
  const isolate = stored.isolate();
  const tabs = Array.from({ length: 30 }, () => copyOf(browser));
  const answers = await Promise.all(tabs.map((tab) => isolate.visit(tab)));
  expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(["authenticated"]));
  expect(written).toHaveLength(1);
  for (const tab of tabs) expect((await isolate.visit(tab)).state).toBe("authenticated");
  expect(new Set(tabs.map((tab) => tab.cookie()?.slice(0, 91))).size).toBe(1);
  expect(tabs[0]?.cookie()).toMatch(/^eo1\./);
});
