import { describe, expect, test } from "vitest";
import { createFakeClock } from "../testing/fake-clock.js";
import { createMemoryStore } from "../testing/memory-store.js";
import { kvRevocation } from "./kv-revocation.js";

const FOREVER = 400 * 86_400;

function world(delaySeconds = 0) {
  const clock = createFakeClock();
  const kv = createMemoryStore({ ...clock, delaySeconds });
  const keys: string[] = [];
  const puts: { readonly key: string; readonly value: string; readonly ttl: number | undefined }[] = [];
  const watched: typeof kv = {
    ...kv,
    get(key) {
      keys.push(key);
      return kv.get(key);
    },
    async put(key, value, options) {
      await kv.put(key, value, options);
      puts.push({ key, value, ttl: options?.expirationTtl });
    },
  };
  const entry = (cacheSeconds = 0) => kvRevocation(watched, { cacheSeconds, now: clock.now }).getByName("name");
  return { clock, kv, keys, puts, entry };
}

describe("kvRevocation", () => {
  test("keeps one key for each mark, as long as the ending counts", async () => {
    const { clock, puts, entry } = world();
    const now = clock.now();
    await entry().end("all", now - 5, now + FOREVER);
    await entry().end("session:x", now, now + 10);
    expect(puts).toEqual([
      { key: "edgeseal:ended:name:all", value: String(now - 5), ttl: FOREVER },
      { key: "edgeseal:ended:name:session:x", value: String(now), ttl: 60 },
    ]);
    expect(await entry().ended(["all", "session:x", "session:y"])).toEqual({ all: now - 5, "session:x": now });
    clock.advance(60);
    expect(await entry().ended(["session:x"])).toEqual({});
  });

  test("a moment never moves back", async () => {
    const { clock, puts, entry } = world();
    const now = clock.now();
    await entry().end("all", now, now + FOREVER);
    await entry().end("all", now - 100, now - 100 + FOREVER);
    expect(puts).toHaveLength(1);
    expect(await entry().ended(["all"])).toEqual({ all: now });
  });

  test("two endings within a second: KV refuses the second write, which is tried again a second later", async () => {
    const { clock, kv } = world();
    const now = clock.now();
    let refused = 0;
    const busy: typeof kv = {
      ...kv,
      async put(key, value, options) {
        if (refused++ === 0) throw new Error("KV PUT failed: 429 Too Many Requests");
        return kv.put(key, value, options);
      },
    };
    const entry = kvRevocation(busy, { now: clock.now }).getByName("name");
    await entry.end("all", now, now + FOREVER);
    expect(refused).toBe(2);
    expect(await kv.get("edgeseal:ended:name:all")).toBe(String(now));
  });

  test("what is no moment is no answer: nobody is let in by it", async () => {
    for (const text of ["", "soon", "-1", "1.5", "99999999999", '{"since":1}']) {
      const { kv, entry } = world();
      await kv.put("edgeseal:ended:name:all", text);
      await expect(entry().ended(["all"])).rejects.toThrow("holds something else");
    }
  });

  test("reads a key once in its cache's seconds, and what this isolate ended it knows at once", async () => {
    const { clock, keys, entry } = world(60);
    const cached = entry(10);
    await cached.ended(["all"]);
    await cached.ended(["all"]);
    expect(keys).toHaveLength(1);
    const now = clock.now();
    await cached.end("all", now, now + FOREVER);
    expect(await cached.ended(["all"])).toEqual({ all: now });
    clock.advance(10);
    await cached.ended(["all"]);
    // Once for the question, once before the ending, once after the cache lapsed.
    expect(keys).toHaveLength(3);
  });

  test("remembers 5,000 keys at most", async () => {
    const { keys, entry } = world();
    const cached = entry(60);
    for (let i = 0; i <= 5_000; i++) await cached.ended([`session:${i}`]);
    await cached.ended(["session:5000"]);
    expect(keys).toHaveLength(5_001);
    await cached.ended(["session:0"]);
    expect(keys).toHaveLength(5_002);
  });

  test("refuses what is no KV namespace, and a cache that would hide an ending for long", () => {
    // @ts-expect-error a binding that is missing
    expect(() => kvRevocation(undefined)).toThrow("needs a KV namespace");
    const { kv } = world();
    for (const cacheSeconds of [-1, 61, 0.5, Number.NaN]) {
      expect(() => kvRevocation(kv, { cacheSeconds })).toThrow("`cacheSeconds`");
    }
    // @ts-expect-error no such option
    expect(() => kvRevocation(kv, { cache: 1 })).toThrow("has no option `cache`");
  });
});
