import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AuditFact } from "../base/ports.js";
import { createTally } from "./tally.js";

describe("a flood of events", () => {
  test("AU-07 10,000 identical hostile events in a minute become 6: the first at once, then one count per 10 s", () => {
    const tally = createTally();
    const told: AuditFact[] = [];
    for (let i = 0; i < 10_000; i++) {
      told.push(...tally.admit({ type: "unknown_key" }, 1000 + Math.floor((i * 60) / 10_000)));
    }
    expect(told).toHaveLength(6);
    expect(told[0]).toEqual({ type: "unknown_key" });
    expect(told.slice(1).every((fact) => (fact.count ?? 0) > 1)).toBe(true);
  });

  test("KR-08 a revoked key is told at most once per minute, each key version by itself", () => {
    const tally = createTally();
    const told: AuditFact[] = [];
    for (let second = 0; second < 120; second++) {
      told.push(...tally.admit({ type: "key_revoked", keyVersion: 1 }, second));
      told.push(...tally.admit({ type: "key_revoked", keyVersion: 2 }, second));
    }
    expect(told.filter((fact) => fact.keyVersion === 1)).toEqual([
      { type: "key_revoked", keyVersion: 1 },
      { type: "key_revoked", keyVersion: 1, count: 59 },
    ]);
    expect(told.filter((fact) => fact.keyVersion === 2)).toHaveLength(2);
  });

  test("the tail of a flood is told by the next event of any kind", () => {
    const tally = createTally();
    expect(tally.admit({ type: "tampered" }, 0)).toHaveLength(1);
    expect(tally.admit({ type: "tampered" }, 1)).toEqual([]);
    expect(tally.admit({ type: "tampered" }, 2)).toEqual([]);
    expect(tally.admit({ type: "logout" }, 11)).toEqual([{ type: "tampered", count: 2 }, { type: "logout" }]);
  });

  test("refresh_reuse is told at once for every session, and counted for each", () => {
    const tally = createTally();
    const of = (sessionId: string) => tally.admit({ type: "refresh_reuse", sessionId }, 0);
    expect([of("a"), of("b"), of("a"), of("a")].map((told) => told.length)).toEqual([1, 1, 0, 0]);
    expect(tally.admit({ type: "logout" }, 10)).toEqual([
      { type: "refresh_reuse", sessionId: "a", count: 2 },
      { type: "logout" },
    ]);
  });

  test("log-ins, log-outs and refreshes are told one by one", () => {
    const tally = createTally();
    for (const type of ["login_success", "logout", "token_refresh"] as const) {
      expect(tally.admit({ type, userId: "user_1" }, 0)).toEqual([{ type, userId: "user_1" }]);
      expect(tally.admit({ type, userId: "user_2" }, 0)).toEqual([{ type, userId: "user_2" }]);
    }
  });

  test("failed sign-ins of different reasons do not hide each other", () => {
    const tally = createTally();
    expect(tally.admit({ type: "login_failure", reason: "state_mismatch" }, 0)).toHaveLength(1);
    expect(tally.admit({ type: "login_failure", reason: "access_denied" }, 0)).toHaveLength(1);
    expect(tally.admit({ type: "login_failure", reason: "access_denied" }, 0)).toHaveLength(0);
  });

  test("a quiet kind starts over: after its interval the first one is told at once", () => {
    const tally = createTally();
    expect(tally.admit({ type: "csrf" }, 0)).toHaveLength(1);
    expect(tally.admit({ type: "csrf" }, 10)).toEqual([{ type: "csrf" }]);
  });

  test("seals opened with a retired key are counted per key version", () => {
    const tally = createTally();
    const opened = (keyVersion: number, now: number) =>
      tally.admit({ type: "seal_opened_with_retired_key", keyVersion }, now);
    expect(opened(1, 0)).toHaveLength(1);
    for (let i = 0; i < 500; i++) expect(opened(1, 3)).toEqual([]);
    expect(opened(2, 4)).toHaveLength(1);
    expect(opened(1, 10)).toContainEqual({ type: "seal_opened_with_retired_key", keyVersion: 1, count: 500 });
  });

  test("AU-07 one person's refusals never hide another's", () => {
    const tally = createTally();
    const denied = (userId: string) => tally.admit({ type: "forbidden", userId }, 0);
    expect(denied("user_1")).toHaveLength(1);
    for (let i = 0; i < 1_000; i++) expect(denied("user_1")).toEqual([]);
    expect(denied("user_2")).toEqual([{ type: "forbidden", userId: "user_2" }]);
  });

  test("AU-07 above a thousand kinds they are counted by type, and none is lost", () => {
    const tally = createTally();
    let told = 0;
    for (let i = 0; i < 3_000; i++) {
      for (const { count = 1 } of tally.admit({ type: "forbidden", userId: `user_${i}` }, 0)) told += count;
    }
    expect(told).toBe(1_001);
    for (const { count = 1 } of tally.admit({ type: "logout" }, 10)) told += count;
    expect(told).toBe(3_001);
  });

  test("AU-07 of many counts that are due, ten at most are told along with one event", () => {
    const tally = createTally();
    for (let i = 0; i < 50; i++) {
      for (const _ of [1, 2]) tally.admit({ type: "forbidden", userId: `user_${i}` }, 0);
    }
    const told = Array.from({ length: 6 }, () => tally.admit({ type: "logout" }, 10).length);
    expect(told).toEqual([11, 11, 11, 11, 11, 1]);
  });

  test("nothing is lost: what was told adds up to what happened, whatever the order", () => {
    const kinds = fc.constantFrom<AuditFact["type"]>("malformed", "tampered", "csrf", "key_revoked", "logout");
    fc.assert(
      fc.property(fc.array(fc.tuple(kinds, fc.nat(5)), { maxLength: 80 }), (schedule) => {
        const tally = createTally();
        let now = 0;
        let told = 0;
        const sum = (facts: readonly AuditFact[]) => {
          for (const fact of facts) told += fact.count ?? 1;
        };
        for (const [type, wait] of schedule) {
          now += wait;
          sum(tally.admit({ type }, now));
        }
        sum(tally.admit({ type: "logout" }, now + 1_000));
        expect(told).toBe(schedule.length + 1);
      }),
    );
  });
});
