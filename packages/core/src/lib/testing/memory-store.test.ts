import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFakeClock } from "./fake-clock.js";
import { createMemoryStore } from "./memory-store.js";

function makeStore(delaySeconds?: number) {
  const clock = createFakeClock();
  const delay = delaySeconds !== undefined && { delaySeconds };
  return { clock, store: createMemoryStore({ now: clock.now, ...delay }) };
}

describe("createMemoryStore refuses what KV refuses", () => {
  it.each([59, 10, 0, -60, 90.5, Number.NaN])(
    "a life of %s seconds, and keeps what is there",
    async (expirationTtl) => {
      const { store } = makeStore();
      await store.put("key", "earlier");
      await expect(store.put("key", "value", { expirationTtl })).rejects.toThrow(/expiration_ttl/);
      expect(await store.get("key")).toBe("earlier");
    },
  );

  it.each([
    ["513 bytes", "k".repeat(513)],
    ["257 characters of two bytes", "é".repeat(257)],
    ["no name", ""],
    ["a dot", "."],
    ["two dots", ".."],
  ])("a key of %s, in every call", async (_what, key) => {
    const { store } = makeStore();
    for (const call of [store.get(key), store.put(key, "value"), store.delete(key)])
      await expect(call).rejects.toThrow();
  });

  it("takes a key of 512 bytes", async () => {
    const { store } = makeStore();
    await store.put("é".repeat(256), "value");
    expect(await store.get("é".repeat(256))).toBe("value");
  });

  it("a value above 25 MiB", async () => {
    const { store } = makeStore();
    await expect(store.put("key", "v".repeat(26_214_401))).rejects.toThrow(/413/);
  });

  it("a second write or deletion of one key within a second, and of no other key", async () => {
    const { clock, store } = makeStore();
    await store.put("key", "first");
    await store.put("other", "first");
    await expect(store.put("key", "second")).rejects.toThrow(/429/);
    await expect(store.delete("key")).rejects.toThrow(/429/);
    expect(await store.get("key")).toBe("first");
    clock.advance(1);
    await store.put("key", "second");
  });
});

describe("createMemoryStore is as late as KV", () => {
  it("a value that was read is read again for 60 seconds, whatever was written", async () => {
    const { clock, store } = makeStore();
    await store.put("key", "old");
    expect(await store.get("key")).toBe("old");
    clock.advance(1);
    await store.put("key", "new");
    clock.advance(58);
    expect(await store.get("key")).toBe("old");
    clock.advance(1);
    expect(await store.get("key")).toBe("new");
  });

  it("a miss is remembered like a value", async () => {
    const { clock, store } = makeStore(30);
    expect(await store.get("key")).toBeNull();
    await store.put("key", "value");
    clock.advance(29);
    expect(await store.get("key")).toBeNull();
    clock.advance(1);
    expect(await store.get("key")).toBe("value");
  });

  it("a deletion is seen late, an end never", async () => {
    const { clock, store } = makeStore(300);
    await store.put("key", "value", { expirationTtl: 60 });
    expect(await store.get("key")).toBe("value");
    clock.advance(1);
    await store.delete("key");
    clock.advance(58);
    expect(await store.get("key")).toBe("value");
    clock.advance(1);
    expect(await store.get("key")).toBeNull();
  });

  it("without a delay every reader sees the last write", async () => {
    const writes = fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.option(fc.string())), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(writes, async (steps) => {
        const { clock, store } = makeStore(0);
        const expected = new Map<string, string>();
        for (const [key, value] of steps) {
          clock.advance(1);
          if (value === null) expected.delete(key);
          else expected.set(key, value);
          await (value === null ? store.delete(key) : store.put(key, value));
          for (const one of ["a", "b"]) expect(await store.get(one)).toBe(expected.get(one) ?? null);
        }
      }),
    );
  });
});
