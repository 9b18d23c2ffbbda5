import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { rejection, storedIn } from "../../test/durable-object.js";
import type { RateLimitObject } from "./rate-limit-object.js";
import type { RateLimitAnswer } from "./rate-limit-window.js";

const T0 = 1_800_000_000_000;
const TEN = { limit: 10, periodSeconds: 60 };

let count = 0;
let stub: DurableObjectStub<RateLimitObject>;

/** Only the clock is moved: the object shares it. */
function at(milliseconds: number): void {
  vi.setSystemTime(milliseconds);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  at(T0);
  stub = exports.RateLimitObject.getByName(`client-${count++}`);
});
afterEach(() => {
  vi.useRealTimers();
});

const stored = () => storedIn(stub, "calls", "rowid");

function passed(answers: readonly RateLimitAnswer[]): number {
  return answers.filter(({ success }) => success).length;
}

describe("RL-01 exactly the limit passes", () => {
  it("of 200 at once, in each of 1,000 rounds over one real storage", async () => {
    const rounds = await runInDurableObject(stub, async (object: RateLimitObject, { storage }) => {
      const overshot: unknown[] = [];
      let written = 0;
      for (let round = 0; round < 1_000; round += 1) {
        const now = T0 + round * 60_000;
        at(now);
        const answers = await Promise.all(Array.from({ length: 200 }, () => object.limit(TEN)));
        const refused = answers.filter(({ success }) => !success);
        if (answers.length - refused.length !== 10) overshot.push({ round, passed: answers.length - refused.length });
        if (!refused.every(({ retryAfterSeconds }) => retryAfterSeconds === 60)) overshot.push({ round, refused });
        // One millisecond before the window ends, still nobody.
        at(now + 59_999);
        if ((await object.limit(TEN)).success) overshot.push({ round, early: true });
        written += storage.sql.exec("SELECT times FROM calls").one().times === Array(10).fill(now).join(",") ? 1 : 0;
      }
      return { overshot, written };
    });
    expect(rounds).toEqual({ overshot: [], written: 1_000 });
  }, 60_000);

  it("of 200 calls that arrive at once over RPC, round after round", async () => {
    for (let round = 0; round < 20; round += 1) {
      at(T0 + round * 60_000);
      const answers = await Promise.all(Array.from({ length: 200 }, () => stub.limit(TEN)));
      expect({ round, passed: passed(answers), of: answers.length }).toEqual({ round, passed: 10, of: 200 });
    }
  }, 60_000);

  it("also when the object is replaced in the midst of a window", async () => {
    for (let calls = 1; calls <= 10; calls += 1) {
      at(T0 + calls * 1_000);
      expect(await stub.limit(TEN)).toEqual({ success: true, retryAfterSeconds: calls === 10 ? 51 : 0 });
      await evictDurableObject(stub);
    }
    at(T0 + 60_999);
    expect(await stub.limit(TEN)).toEqual({ success: false, retryAfterSeconds: 0.001 });
    await evictDurableObject(stub);
    at(T0 + 61_000);
    expect(await stub.limit(TEN)).toEqual({ success: true, retryAfterSeconds: 1 });
    expect((await stored()).rows).toHaveLength(1);
  });
});

describe("what is kept", () => {
  it("is one row of at most as many times as the limit, however many ask", async () => {
    await Promise.all(Array.from({ length: 50 }, () => stub.limit(TEN)));
    const times = Array(10).fill(T0).join(",");
    expect(await stored()).toEqual({ rows: [{ id: 1, times, forget_at: T0 + 60_000 }], alarm: T0 + 60_000 });
  });

  it("a refused call writes nothing", async () => {
    await stub.limit({ limit: 1, periodSeconds: 60 });
    const before = await stored();
    at(T0 + 30_000);
    expect(await stub.limit({ limit: 1, periodSeconds: 60 })).toEqual({ success: false, retryAfterSeconds: 30 });
    expect(await stored()).toEqual(before);
  });

  it("is deleted by the alarm when the last call has lapsed, and not before", async () => {
    await stub.limit(TEN);
    at(T0 + 40_000);
    await stub.limit(TEN);
    at(T0 + 60_000);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await stored()).toEqual({
      rows: [{ id: 1, times: `${T0},${T0 + 40_000}`, forget_at: T0 + 100_000 }],
      alarm: T0 + 100_000,
    });
    at(T0 + 100_000);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await stored()).toEqual({ rows: [], alarm: null });
    // It is as good as new.
    expect(await stub.limit(TEN)).toEqual({ success: true, retryAfterSeconds: 0 });
    expect(await stored()).toMatchObject({ rows: [{ times: `${T0 + 100_000}` }], alarm: T0 + 160_000 });
  });

  it("gets an alarm again, should the old one have been lost", async () => {
    await stub.limit(TEN);
    await runInDurableObject(stub, (_object, { storage }) => storage.deleteAlarm());
    at(T0 + 60_000);
    await stub.limit(TEN);
    expect(await stored()).toMatchObject({ rows: [{ times: `${T0 + 60_000}` }], alarm: T0 + 120_000 });
  });
});

it("RL-06 rejects a call that cannot be written, and counts it for nothing", async () => {
  await stub.limit(TEN);
  await runInDurableObject(stub, (_object, { storage }) => {
    storage.sql.exec("CREATE TRIGGER refuse BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'disk is full'); END");
  });
  expect(await rejection(stub.limit(TEN))).toContain("disk is full");
  await runInDurableObject(stub, (_object, { storage }) => {
    storage.sql.exec("DROP TRIGGER refuse");
  });
  const answers = await Promise.all(Array.from({ length: 20 }, () => stub.limit(TEN)));
  expect(passed(answers)).toBe(9);
});

it.each([
  [{ limit: 0, periodSeconds: 60 }, "`limit` must be a whole number from 1 to 1000."],
  [{ limit: 1_001, periodSeconds: 60 }, "`limit` must be a whole number from 1 to 1000."],
  [{ limit: 1.5, periodSeconds: 60 }, "`limit` must be a whole number from 1 to 1000."],
  [{ limit: 10, periodSeconds: 86_401 }, "`periodSeconds` must be a whole number from 1 to 86400."],
  [{ limit: 10, periodSeconds: Number.NaN }, "`periodSeconds` must be a whole number from 1 to 86400."],
])("refuses the window %j and stores nothing", async (window, problem) => {
  expect(await rejection(stub.limit(window))).toBe(`TypeError: edgeseal rate limit: ${problem}`);
  expect(await stored()).toEqual({ rows: [], alarm: null });
});
