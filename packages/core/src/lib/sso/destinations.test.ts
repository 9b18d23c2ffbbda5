import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../testing/memory-store.js";
import { type Destinations, knowsDestination } from "./destinations.js";
import { kvDestinations } from "./kv-destinations.js";

const NOW = 1_800_000_000;
const BLOG = "https://blog.example.org";

function asking(answer: () => boolean | Promise<boolean>) {
  const asked: string[] = [];
  const clock = { now: NOW };
  const look = (origin: string) => {
    asked.push(origin);
    return answer();
  };
  return { asked, clock, knows: knowsDestination(look, { now: () => clock.now }) };
}

describe("a look-up of somebody's own", () => {
  test("SS-01 is asked about origins in their one form only", async () => {
    const { asked, knows } = asking(() => true);
    for (const text of [
      "https://blog.example.org/",
      "http://blog.example.org",
      "blog.example.org",
      "null",
      "",
      "https://a b",
    ]) {
      expect(await knows(text)).toBe(false);
    }
    expect(asked).toEqual([]);
    expect(await knows(BLOG)).toBe(true);
    expect(await knows("http://blog.localhost:8787")).toBe(true);
    expect(asked).toEqual([BLOG, "http://blog.localhost:8787"]);
  });

  test("its answers are remembered for a minute, yes and no alike", async () => {
    for (const answer of [true, false]) {
      const { asked, clock, knows } = asking(async () => answer);
      for (let request = 0; request < 50; request++) expect(await knows(BLOG)).toBe(answer);
      expect(asked).toHaveLength(1);
      clock.now += 60;
      expect(await knows(BLOG)).toBe(answer);
      expect(asked).toHaveLength(2);
    }
  });

  test("what it throws is no answer, and is not remembered", async () => {
    const { asked, knows } = asking(() => {
      throw new Error("D1_ERROR");
    });
    expect([await knows(BLOG), await knows(BLOG)]).toEqual([null, null]);
    expect(asked).toHaveLength(2);
  });

  test("anything but `true` is a no", async () => {
    for (const answer of [undefined, 1, "yes", {}] as unknown[]) {
      const { knows } = asking(() => answer as boolean);
      expect(await knows(BLOG)).toBe(false);
    }
  });

  test("a flood of made-up hosts is answered with an outage before it is paid for without end", async () => {
    const { asked, knows } = asking(() => false);
    for (let host = 0; host < 6_000; host++) await knows(`https://h${host}.example`);
    expect(asked).toHaveLength(5_000);
    expect(await knows("https://new.example")).toBeNull();
  });
});

test("10,000 registered domains: each is found with one read, and one that is not with one", async () => {
  const rows = new Set(Array.from({ length: 10_000 }, (_, at) => `https://d${at}.example`));
  const reads: string[] = [];
  const look: Destinations = async (origin) => {
    reads.push(origin);
    return rows.has(origin);
  };
  const clock = { now: NOW };
  const knows = knowsDestination(look, { now: () => clock.now });
  for (let at = 0; at < 10_000; at++) {
    if (at % 1_000 === 0) clock.now += 10;
    expect(await knows(`https://d${at}.example`)).toBe(true);
  }
  expect(await knows("https://d10000.example")).toBe(false);
  expect(reads).toHaveLength(10_001);
});

describe("kvDestinations", () => {
  const entry = (origin: string) => `edgeseal:destination:${origin}`;

  test("knows what is registered, until it is no longer, and asks once a minute", async () => {
    const clock = { now: NOW };
    const store = createMemoryStore({ now: () => clock.now });
    await store.put(entry(BLOG), "alice");
    const knows = knowsDestination(kvDestinations(store), { now: () => clock.now });
    expect([await knows(BLOG), await knows("https://evil.example")]).toEqual([true, false]);
    clock.now += 1;
    await store.delete(entry(BLOG));
    expect(await knows(BLOG)).toBe(true);
    clock.now += 60;
    expect(await knows(BLOG)).toBe(false);
  });

  test("all of many that are asked about at once are known", async () => {
    const store = createMemoryStore({ now: () => NOW });
    const origins = Array.from({ length: 1_000 }, (_, number) => `https://customer-${number}.example`);
    for (const origin of origins) await store.put(entry(origin), "");
    const knows = knowsDestination(kvDestinations(store), { now: () => NOW });
    expect(new Set(await Promise.all(origins.map(knows)))).toEqual(new Set([true]));
  });

  test("a store that is down says nothing, which is no refusal", async () => {
    const store = { get: () => Promise.reject(new Error("KV GET failed: 503")) };
    expect(await knowsDestination(kvDestinations(store), { now: () => NOW })(BLOG)).toBe(null);
  });
});
