import { afterEach, describe, expect, test, vi } from "vitest";
import { isAuthError } from "../base/errors.js";
import type { KeyValueStore } from "../base/ports.js";
import { createFakeClock } from "../testing/fake-clock.js";
import { createMemoryStore } from "../testing/memory-store.js";
import { previewOrigin } from "./origin-record.js";
import { createOrigins } from "./origins.js";

const preview = "https://web-12.pages.dev";
const week = 7 * 86_400;

/** Counts reads; `get` may be anything a store does. */
function storeOf(get: KeyValueStore["get"]): KeyValueStore & { reads: string[] } {
  const reads: string[] = [];
  return {
    reads,
    get: (key) => {
      reads.push(key);
      return get(key);
    },
    put: async () => {},
    delete: async () => {},
  };
}

async function setUp(registered: readonly string[] = [preview]) {
  const clock = createFakeClock();
  const entries = new Map<string, string>();
  for (const origin of registered) {
    const { key, value } = await previewOrigin(origin, { expiresAt: clock.now() + week });
    entries.set(key, value);
  }
  const store = storeOf(async (key) => entries.get(key) ?? null);
  const origins = createOrigins({ allow: ["https://app.example.com"], registry: store, now: clock.now });
  return { clock, entries, store, origins };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("CS-12 what is no origin is not looked up", () => {
  test.each([
    "",
    "null",
    "*",
    `https://${"a".repeat(600)}.example`,
    `https://${"a.".repeat(5_000)}example`,
    "https://WEB-12.pages.dev",
    "https://web-12.pages.dev/",
    "https://web-12.pages.dev.",
    "https://web-12.pages.dev:443",
    "https://web-12.pages.dev, https://web-12.pages.dev",
    "https://x@web-12.pages.dev",
    "https://web-12%2epages.dev",
    "http://web-12.pages.dev",
    "http://localhost:5173",
  ])("CS-12 %j is refused without a read", async (origin) => {
    const { origins, store } = await setUp();
    expect(await origins.allows(origin)).toBe(false);
    expect(store.reads).toEqual([]);
  });

  test("CS-12 what is on the list needs no read", async () => {
    const { origins, store } = await setUp();
    expect(origins.allows("https://app.example.com")).toBe(true);
    expect(store.reads).toEqual([]);
  });
});

describe("a registry that fails allows nothing, and stops nobody else", () => {
  test.each<[string, KeyValueStore["get"]]>([
    ["rejects", () => Promise.reject(new Error("KV GET failed: 500"))],
    [
      "throws",
      () => {
        throw new TypeError("Illegal invocation");
      },
    ],
  ])("one that %s, and nothing is remembered", async (_how, get) => {
    let how = get;
    const store = storeOf((key) => how(key));
    const clock = createFakeClock();
    const origins = createOrigins({ allow: ["https://app.example.com"], registry: store, now: clock.now });
    expect(await origins.allows(preview)).toBe(false);
    expect(origins.allows("https://app.example.com")).toBe(true);
    const { value } = await previewOrigin(preview, { expiresAt: clock.now() + week });
    how = async () => value;
    expect(await origins.allows(preview)).toBe(true);
    expect(store.reads).toHaveLength(2);
  });

  test("one that hangs is left after 250 ms, and the next request asks again", async () => {
    vi.useFakeTimers();
    const store = storeOf(() => new Promise(() => {}));
    const origins = createOrigins({ allow: [], registry: store, now: createFakeClock().now });
    for (const reads of [1, 2]) {
      let answer: boolean | undefined;
      const asked = Promise.resolve(origins.allows(preview)).then((allows) => {
        answer = allows;
      });
      await vi.advanceTimersByTimeAsync(249);
      // Hashing the key is no timer, so the deadline may start within that time.
      await vi.waitFor(() => expect(store.reads).toHaveLength(reads));
      await vi.advanceTimersByTimeAsync(250);
      await asked;
      expect(answer).toBe(false);
    }
  });

  test.each([
    "",
    "1",
    "null",
    "[]",
    "{}",
    "{",
    '{"origin":"https://web-12.pages.dev"}',
    '{"origin":"https://web-12.pages.dev","expiresAt":"9999999999"}',
    '{"origin":"https://web-12.pages.dev","expiresAt":null}',
    '{"origin":"https://web-12.pages.dev","expiresAt":-1}',
    '{"origin":"https://web-13.pages.dev","expiresAt":9999999999}',
    '{"expiresAt":9999999999}',
  ])("an entry %j allows nothing", async (value) => {
    const { origins, entries, store } = await setUp();
    for (const key of entries.keys()) entries.set(key, value);
    expect(await origins.allows(preview)).toBe(false);
    expect(store.reads).toHaveLength(1);
  });
});

describe("what is remembered", () => {
  test("an answer for a minute, without a second read, and as a value and not as a promise", async () => {
    const { origins, clock, store, entries } = await setUp();
    expect(await origins.allows(preview)).toBe(true);
    entries.clear();
    clock.advance(59);
    expect(origins.allows(preview)).toBe(true);
    clock.advance(1);
    expect(await origins.allows(preview)).toBe(false);
    expect(store.reads).toHaveLength(2);
    expect(origins.allows(preview)).toBe(false);
    expect(store.reads).toHaveLength(2);
  });

  test("nothing beyond its end", async () => {
    const clock = createFakeClock();
    const { key, value } = await previewOrigin(preview, { expiresAt: clock.now() + 30 });
    const store = storeOf(async (asked) => (asked === key ? value : null));
    const origins = createOrigins({ allow: [], registry: store, now: clock.now });
    expect(await origins.allows(preview)).toBe(true);
    clock.advance(29);
    expect(origins.allows(preview)).toBe(true);
    clock.advance(1);
    expect(await origins.allows(preview)).toBe(false);
  });

  test("a hundred requests at once read each for themselves: no promise of one is another's", async () => {
    const { origins, store } = await setUp();
    const answers = await Promise.all(Array.from({ length: 100 }, () => origins.allows(preview)));
    expect(answers.every((answer) => answer === true)).toBe(true);
    expect(store.reads).toHaveLength(100);
  });

  test("a flood of made-up origins costs a hundred reads in ten seconds, and no exact origin is in its way", async () => {
    const { origins, store, clock } = await setUp();
    for (let n = 0; n < 5_000; n++) expect(await origins.allows(`https://x${n}.evil.example`)).toBe(false);
    expect(store.reads).toHaveLength(100);
    expect(origins.allows("https://app.example.com")).toBe(true);
    clock.advance(10);
    expect(await origins.allows(preview)).toBe(true);
  });

  test("a preview that is known stays allowed during a flood", async () => {
    const { origins } = await setUp();
    expect(await origins.allows(preview)).toBe(true);
    for (let n = 0; n < 1_000; n++) await origins.allows(`https://x${n}.evil.example`);
    expect(origins.allows(preview)).toBe(true);
  });

  test("a preview that is known is looked up again during a flood of any length, and a clock that goes back holds nobody", async () => {
    const { origins, entries, clock } = await setUp();
    expect(await origins.allows(preview)).toBe(true);
    for (let round = 0; round < 12; round++) {
      clock.advance(10);
      for (let n = 0; n < 200; n++) await origins.allows(`https://x${round}-${n}.evil.example`);
      expect(await origins.allows(preview)).toBe(true);
    }
    entries.clear();
    clock.advance(61);
    expect(await origins.allows(preview)).toBe(false);

    const other = await setUp();
    for (let n = 0; n < 200; n++) await other.origins.allows(`https://x${n}.evil.example`);
    other.clock.advance(-3_600);
    expect(await other.origins.allows(preview)).toBe(true);
  });

  test("no more than 500 answers are kept", async () => {
    const { origins, store, clock } = await setUp();
    const ask = async (from: number, to: number) => {
      for (let n = from; n < to; n++) {
        if (n % 100 === 0) clock.advance(10);
        await origins.allows(`https://x${n}.example`);
      }
    };
    await ask(0, 501);
    expect(store.reads).toHaveLength(501);
    clock.advance(0);
    expect(await origins.allows("https://x500.example")).toBe(false);
    expect(store.reads).toHaveLength(501);
    expect(await origins.allows("https://x0.example")).toBe(false);
    expect(store.reads).toHaveLength(502);
  });
});

describe("an entry", () => {
  test("its key is what sha256sum gives for the origin, its value names origin and end", async () => {
    expect(await previewOrigin("https://pr-12.preview.example.com", { expiresAt: 1_800_000_000 })).toEqual({
      key: "edgeseal:origin:8a7e7628a3665b16c12f5198915b2292204ddc465e88802d83603c8491fe704a",
      value: '{"origin":"https://pr-12.preview.example.com","expiresAt":1800000000}',
    });
  });

  test("fits a store with the limits of KV", async () => {
    const clock = createFakeClock();
    const registry = createMemoryStore({ now: clock.now });
    const { key, value } = await previewOrigin(preview, { expiresAt: clock.now() + week });
    await registry.put(key, value, { expirationTtl: week });
    expect(await createOrigins({ allow: [], registry, now: clock.now }).allows(preview)).toBe(true);
  });

  test.each([
    ["https://pr-12.preview.example.com/", 1_800_000_000],
    ["http://pr-12.preview.example.com", 1_800_000_000],
    ["https://pr-{n}.preview.example.com", 1_800_000_000],
    ["*", 1_800_000_000],
    ["https://pr-12.preview.example.com", 1_800_000_000_000],
    ["https://pr-12.preview.example.com", 1.5],
    ["https://pr-12.preview.example.com", 0],
    ["https://pr-12.preview.example.com", Number.NaN],
  ])("is refused for %j until %j", async (origin, expiresAt) => {
    const refused = await previewOrigin(origin, { expiresAt }).catch((error: unknown) => error);
    expect(isAuthError(refused, "config_invalid") && refused.problems).toHaveLength(1);
  });
});
