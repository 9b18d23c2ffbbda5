import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activeAt, stateAt, type TimelineKey, timelineProblems } from "./timeline.js";

const NOW = 1_800_000_000;
const ALWAYS = Number.NEGATIVE_INFINITY;

function key(version: number, startsAt: number | null, rest: Partial<TimelineKey> = {}): TimelineKey {
  return { version, startsAt, openUntil: Number.POSITIVE_INFINITY, revoked: false, ...rest };
}

describe("KR-01 time lines with a problem", () => {
  test.each([
    ["no candidate", [key(1, null)], 'SESSION_KEYS has no key that seals: give the newest key `"active": true`.'],
    [
      "no candidate that has started",
      [key(1, NOW + 1), key(2, NOW + 9)],
      'SESSION_KEYS has no key that seals yet: leave `"active": true` on an older key until the first `activeFrom`.',
    ],
    [
      "two that are always active",
      [key(1, ALWAYS), key(2, ALWAYS)],
      "SESSION_KEYS versions 1 and 2 start to seal at the same time: " +
        'leave `"active": true` on one of them, or give the newer one an `activeFrom` of its own.',
    ],
    [
      "two with one later start",
      [key(1, ALWAYS), key(2, NOW + 5), key(3, NOW + 5)],
      "SESSION_KEYS versions 2 and 3 start to seal at the same time: " +
        'leave `"active": true` on one of them, or give the newer one an `activeFrom` of its own.',
    ],
    [
      "a revoked key that would be active now",
      [key(1, ALWAYS), key(2, NOW - 5, { revoked: true })],
      "SESSION_KEYS version 2 is revoked but its time to seal is now or still to come: " +
        "take `active` and `activeFrom` off it and give them to a new key.",
    ],
    [
      "a revoked key that would be active later",
      [key(1, ALWAYS), key(2, NOW + 5, { revoked: true }), key(3, NOW + 9)],
      "SESSION_KEYS version 2 is revoked but its time to seal is now or still to come: " +
        "take `active` and `activeFrom` off it and give them to a new key.",
    ],
    [
      "an end for the last candidate",
      [key(1, ALWAYS, { openUntil: NOW + 99 }), key(2, null)],
      "SESSION_KEYS version 1 has `openUntil` but no key takes over from it: " +
        "remove `openUntil`, or add a key with `activeFrom` before it.",
    ],
    [
      "an end before the successor's start",
      [key(1, ALWAYS, { openUntil: NOW + 4 }), key(2, NOW + 5)],
      "SESSION_KEYS version 1 closes before version 2 starts to seal: " +
        "move its `openUntil` to a time after that `activeFrom`.",
    ],
  ])("%s", (_what, keys, problem) => {
    expect(timelineProblems(keys, NOW)).toEqual([problem]);
  });

  test.each([
    ["a revoked key whose time has passed", [key(1, ALWAYS), key(2, NOW - 9, { revoked: true }), key(3, NOW - 5)]],
    ["a revoked key that never seals", [key(1, null, { revoked: true }), key(2, ALWAYS)]],
    ["an end at the successor's start", [key(1, ALWAYS, { openUntil: NOW + 5 }), key(2, NOW + 5)]],
    ["an end for a key that only opens", [key(1, null, { openUntil: NOW - 5 }), key(2, ALWAYS)]],
  ])("%s is none", (_what, keys) => {
    expect(timelineProblems(keys, NOW)).toEqual([]);
  });

  test("where the clock stands only what is wrong at any time is told", () => {
    expect(timelineProblems([key(1, NOW)], null)).toEqual([]);
    expect(timelineProblems([key(1, ALWAYS), key(2, NOW, { revoked: true }), key(3, NOW + 9)], null)).toEqual([]);
    expect(timelineProblems([key(1, ALWAYS), key(2, NOW, { revoked: true })], null)).toHaveLength(1);
    expect(timelineProblems([key(1, null)], null)).toHaveLength(1);
  });
});

const instant = fc.integer({ min: NOW - 50, max: NOW + 50 });
const anyKeys = fc
  .array(
    fc.record({
      startsAt: fc.oneof(fc.constant(null), fc.constant(ALWAYS), instant),
      openUntil: fc.oneof({ weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, instant),
      revoked: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .chain((rest) =>
    fc
      .shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: rest.length, maxLength: rest.length })
      .map((versions) => rest.map((fields, at) => ({ version: versions[at] ?? 0, ...fields }))),
  );

describe("a time line without problems", () => {
  test("stays without problems, and has exactly one active key, whatever the clock does", () => {
    fc.assert(
      fc.property(anyKeys, instant, fc.nat({ max: 120 }), (keys, now, later) => {
        fc.pre(timelineProblems(keys, now).length === 0);
        expect(timelineProblems(keys, now + later)).toEqual([]);
        const states = keys.map((each) => stateAt(keys, each, now + later));
        expect(states.filter((state) => state === "active")).toHaveLength(1);
        expect(activeAt(keys, now + later)).toBe(keys[states.indexOf("active")]);
      }),
      { numRuns: 3_000 },
    );
  });

  test("never turns a key back: after active comes retired or closed, after retired only closed", () => {
    const later = { staged: 0, active: 1, retired: 2, closed: 3, revoked: 4 } as const;
    fc.assert(
      fc.property(anyKeys, instant, fc.nat({ max: 120 }), (keys, now, passed) => {
        fc.pre(timelineProblems(keys, now).length === 0);
        for (const each of keys) {
          // A key that only opens is ahead or behind by its version, and its place changes with the active key's.
          if (each.startsAt === null) continue;
          const before = later[stateAt(keys, each, now)];
          expect(later[stateAt(keys, each, now + passed)]).toBeGreaterThanOrEqual(before);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

test("the states of the example: staged before its time, active from it on, retired after its successor's", () => {
  const keys = [key(3, NOW), key(2, ALWAYS, { openUntil: NOW + 30 }), key(1, null), key(4, null)];
  const statesAt = (now: number) => keys.map((each) => stateAt(keys, each, now));
  expect(statesAt(NOW - 1)).toEqual(["staged", "active", "retired", "staged"]);
  expect(statesAt(NOW)).toEqual(["active", "retired", "retired", "staged"]);
  expect(statesAt(NOW + 29)).toEqual(["active", "retired", "retired", "staged"]);
  expect(statesAt(NOW + 30)).toEqual(["active", "closed", "retired", "staged"]);
});
