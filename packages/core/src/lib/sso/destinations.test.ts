import { describe, expect, test } from "vitest";
import { previewOrigin } from "../policy/origin-record.js";
import { createOrigins } from "../policy/origins.js";
import { createMemoryStore } from "../testing/memory-store.js";
import { type Destinations, knowsDestination } from "./destinations.js";

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

test("the registry of origins serves, and its entries end by themselves", async () => {
  const registry = createMemoryStore({ now: () => NOW });
  const { key, value } = await previewOrigin(BLOG, { expiresAt: NOW + 600 });
  await registry.put(key, value);
  const clock = { now: () => NOW };
  const knows = knowsDestination(createOrigins({ allow: ["https://shop.example.net"], registry, ...clock }), clock);
  expect(await knows(BLOG)).toBe(true);
  expect(await knows("https://shop.example.net")).toBe(true);
  expect(await knows("https://evil.example")).toBe(false);
});
