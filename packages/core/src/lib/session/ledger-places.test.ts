import fc from "fast-check";
import { expect, test } from "vitest";
import type { LedgerRequest } from "../base/ports.js";
import { claim, type LedgerRow, settle } from "./ledger.js";

const START = 1_800_000_000;
const ENDS = START + 2_592_000;

/** One thing that happens to a session; `age`: how many generations the cookie is behind. */
interface Step {
  readonly gap: number;
  readonly what: "claim" | "look" | "switch" | "next" | "failed" | "over";
  readonly age: number;
  readonly host: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  gap: fc.oneof(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 20_000 })),
  what: fc.constantFrom("claim", "claim", "claim", "look", "switch", "next", "next", "failed", "over"),
  age: fc.integer({ min: 0, max: 5 }),
  host: fc.integer({ min: 0, max: 2 }),
});
const steps = fc.array(step, { maxLength: 60 });

/** What the machine answers to all of it, and its row without what it says of places. */
function run(all: readonly Step[], placeOf: (host: number) => string | undefined): readonly unknown[] {
  let row: LedgerRow | null = null;
  let now = START;
  const told: unknown[] = [];
  for (const [at, { gap, what, age, host }] of all.entries()) {
    now += gap;
    const place = placeOf(host);
    const held = Math.max(0, (row?.latest ?? 0) - age);
    const lease = row?.leaseId ?? "none";
    if (what === "claim" || what === "look" || what === "switch") {
      const request: LedgerRequest = {
        presented: held,
        held,
        tokenExpiresAt: START + held * 300,
        wait: age === 0,
        endsAt: ENDS,
        ...(what === "switch" && { isSwitch: true }),
        ...(what === "look" && { looks: true }),
        ...(place !== undefined && { place }),
      };
      const made = claim(row, request, now, `lease ${at}`);
      row = made.row;
      told.push(made.answer);
    } else {
      const result =
        what === "next"
          ? { kind: what, lease, held: row?.latest ?? 0, successor: `sealed ${at}` }
          : what === "over"
            ? { kind: what, lease, held: Math.max(0, held - 3) }
            : { kind: what, lease, retryAfterSeconds: 7 };
      const made = settle(row, result, now);
      row = made.row;
      told.push(made.answer);
    }
    const { seen, places, ...rest } = row;
    told.push({ ...rest, highest: place === undefined ? seen : Number(places.split(":").at(-1) ?? 0) });
  }
  return told;
}

test("one place alone is treated as the session without places is", () => {
  fc.assert(
    fc.property(steps, (all) => {
      expect(run(all, () => "blog")).toEqual(run(all, () => undefined));
    }),
    { numRuns: 500 },
  );
});

test("RF-05 what one host has shown makes no cookie of another host an old copy", () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 5 }), (all, age) => {
      let row: LedgerRow | null = null;
      let now = START;
      for (let generation = 0; generation <= 5; generation++) {
        const request = { tokenExpiresAt: now + 300, wait: false, endsAt: ENDS, place: "shop" };
        row = claim(row, { ...request, presented: generation, held: generation }, now, `lease ${generation}`).row;
        const next = { kind: "next", lease: `lease ${generation}`, held: generation, successor: "sealed" } as const;
        row = settle(row, next, now + 1).row;
        now += 400 + (all[generation]?.gap ?? 0);
      }
      const slept = { presented: age, held: age, tokenExpiresAt: START, wait: false, endsAt: ENDS };
      expect(claim(row, { ...slept, place: "blog" }, now, "l").answer.role).toBe("adopt");
      // On the host that has shown a newer one it is an old copy, as ever.
      expect(claim(row, { ...slept, place: "shop" }, now, "l").answer.role).toBe(age === 5 ? "adopt" : "stale");
    }),
    { numRuns: 200 },
  );
});

test("a hundred places are remembered, and the one first seen longest ago goes", () => {
  let row: LedgerRow | null = null;
  const request = { presented: 3, held: 3, tokenExpiresAt: START, wait: false, endsAt: ENDS };
  for (let host = 0; host < 130; host++) row = claim(row, { ...request, place: `host-${host}` }, START, "l").row;
  const places = row?.places.split(" ") ?? [];
  expect([places.length, places[0], places.at(-1)]).toEqual([100, "host-30:3", "host-129:3"]);
});
