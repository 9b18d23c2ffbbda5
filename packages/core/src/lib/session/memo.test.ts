import { describe, expect, test } from "vitest";
import { createMemo, type Remembered } from "./memo.js";

const NOW = 1_800_000_000;
const REALM = "production";
/** As long as what memory tells texts apart by, and a little longer. */
const sealed = (name: string) => `es1.key-id${name.padEnd(64, ".")}`;

function remembered(text: string, more: { sessionId?: string; generation?: number } = {}): Remembered {
  const { sessionId = "s", generation = 0 } = more;
  const session = { sessionId, generation } as Remembered["session"];
  return { text: sealed(text), realm: REALM, session } as Remembered;
}

function by(text: string, until = NOW + 60) {
  return { text: sealed(text), until, presented: { generation: 0, expiresAt: NOW } };
}

test("a text that only begins like a remembered one is another one", () => {
  const memo = createMemo();
  memo.put(remembered("a"));
  memo.replace(sealed("b"), by("a"));
  const forged = (name: string) => `${sealed(name).slice(0, -1)}X`;
  expect(memo.get(forged("a"), REALM)).toBeUndefined();
  expect(memo.newer(forged("b"), REALM, NOW)).toBeNull();
  expect(memo.get(sealed("a"), REALM)).toBeDefined();
  expect(memo.newer(sealed("b"), REALM, NOW)).not.toBeNull();
});

test("a text that was opened on one host is nothing known on another", () => {
  const memo = createMemo();
  memo.put(remembered("a"));
  memo.replace(sealed("b"), by("a"));
  for (const realm of ["", `${REALM}\nhttps://blog.example`]) {
    expect(memo.get(sealed("a"), realm)).toBeUndefined();
    expect(memo.newer(sealed("b"), realm, NOW)).toBeNull();
  }
});

describe("what is bounded", () => {
  test("2,000 entries: the oldest goes, and a flood leaves no more", () => {
    const memo = createMemo();
    for (let at = 0; at < 5_000; at++) memo.put(remembered(`text ${at}`, { sessionId: `session ${at}` }));
    expect(memo.get(sealed("text 2999"), REALM)).toBeUndefined();
    expect(memo.get(sealed("text 3000"), REALM)).toBeDefined();
    expect(memo.get(sealed("text 4999"), REALM)).toBeDefined();
    expect(memo.generation("session 2999", REALM)).toBe(-1);
  });

  test("8 million characters, counted once for a text that is put again", () => {
    const memo = createMemo();
    const long = (at: number) => String(at).padEnd(16_000 - "es1.key-id".length, "x");
    for (let at = 0; at < 600; at++) for (let again = 0; again < 2; again++) memo.put(remembered(long(at)));
    expect(memo.get(sealed(long(99)), REALM)).toBeUndefined();
    expect(memo.get(sealed(long(100)), REALM)).toBeDefined();
    expect(memo.get(sealed(long(599)), REALM)).toBeDefined();
  });

  test("8 million characters of sessions, too, whose cookies hold but an id", () => {
    const memo = createMemo();
    for (let at = 0; at < 200; at++) {
      const entry = remembered(`id ${at}`, { sessionId: `session ${at}` });
      memo.put({ ...entry, session: { ...entry.session, accessToken: "x".repeat(60_000) } });
    }
    const kept = Array.from({ length: 200 }, (_, at) => memo.get(sealed(`id ${at}`), REALM)).filter(Boolean);
    expect(kept.length).toBeGreaterThan(120);
    expect(kept.length).toBeLessThanOrEqual(8_000_000 / 60_000);
  });
});

describe("replacements", () => {
  test("lead to the newest, until their time", () => {
    const memo = createMemo();
    memo.put(remembered("c", { generation: 2 }));
    memo.replace(sealed("a"), by("b"));
    memo.replace(sealed("b"), by("c", NOW));
    expect(memo.newer(sealed("a"), REALM, NOW)).toMatchObject({
      entry: { text: sealed("c") },
      presented: { generation: 0 },
    });
    expect(memo.newer(sealed("a"), REALM, NOW + 60)).toBeNull();
    expect(memo.newer(sealed("b"), REALM, NOW)).toBeNull();
    expect(memo.newer(sealed("c"), REALM, NOW)).toBeNull();
  });

  test("lead nowhere when the newest is not remembered, or is older than what was seen", () => {
    const memo = createMemo();
    memo.replace(sealed("a"), by("b"));
    expect(memo.newer(sealed("a"), REALM, NOW)).toBeNull();
    memo.put(remembered("b", { generation: 1 }));
    expect(memo.newer(sealed("a"), REALM, NOW)).not.toBeNull();
    memo.put(remembered("elsewhere", { generation: 2 }));
    expect(memo.newer(sealed("a"), REALM, NOW)).toBeNull();
  });

  test("that lead in a circle end", () => {
    const memo = createMemo();
    memo.put(remembered("a"));
    memo.put(remembered("b"));
    memo.replace(sealed("a"), by("b"));
    memo.replace(sealed("b"), by("a"));
    expect(memo.newer(sealed("a"), REALM, NOW)).not.toBeNull();
  });
});

test("a session that ended is forgotten with every cookie of it, and others stay", () => {
  const memo = createMemo();
  memo.put(remembered("a"));
  memo.put(remembered("b", { generation: 1 }));
  memo.put(remembered("other", { sessionId: "t" }));
  memo.replace(sealed("a"), by("b"));
  memo.forget("s");
  expect(memo.get(sealed("a"), REALM)).toBeUndefined();
  expect(memo.get(sealed("b"), REALM)).toBeUndefined();
  expect(memo.newer(sealed("a"), REALM, NOW)).toBeNull();
  expect(memo.get(sealed("other"), REALM)).toBeDefined();
  expect(memo.generation("s", REALM)).toBe(1);
  expect(memo.generation("s", `${REALM}\nhttps://blog.example`)).toBe(-1);
});
