import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stepWindow } from "./rate-limit-window.js";

const T0 = 1_800_000_000_000;
const TEN = { limit: 10, periodSeconds: 60 };

/** Runs calls at these times; says which were let through. */
function run(times: readonly number[], window = TEN): { readonly passed: number[]; readonly left: readonly number[] } {
  let state: readonly number[] = [];
  const passed: number[] = [];
  for (const time of times) {
    const step = stepWindow(state, window, time);
    state = step.times;
    if (step.success) passed.push(time);
  }
  return { passed, left: state };
}

describe("RL-01 an exact window", () => {
  it("lets no more than the limit pass in any stretch of one period, and refuses nobody whom it could let pass", () => {
    const windows = fc.record({ limit: fc.integer({ min: 1, max: 6 }), periodSeconds: fc.integer({ min: 1, max: 5 }) });
    const gaps = fc.array(fc.oneof(fc.constant(0), fc.nat(50), fc.nat(3_000)), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(windows, gaps, (window, pauses) => {
        const period = window.periodSeconds * 1000;
        let now = T0;
        let state: readonly number[] = [];
        const passed: number[] = [];
        for (const pause of pauses) {
          now += pause;
          const recent = passed.filter((time) => time > now - period).length;
          const step = stepWindow(state, window, now);
          state = step.times;
          expect(step.success).toBe(recent < window.limit);
          if (step.success) passed.push(now);
          expect(state.length).toBeLessThanOrEqual(window.limit);
        }
      }),
    );
  });

  it("says exactly when a call will pass again", () => {
    const pauses = fc.array(fc.nat(20_000), { minLength: 10, maxLength: 60 });
    fc.assert(
      fc.property(pauses, (gaps) => {
        let now = T0;
        let state: readonly number[] = [];
        for (const gap of gaps) {
          now += gap;
          const step = stepWindow(state, TEN, now);
          state = step.times;
          const opens = now + step.retryAfterSeconds * 1000;
          expect(stepWindow(state, TEN, opens).success).toBe(true);
          if (step.retryAfterSeconds > 0) expect(stepWindow(state, TEN, opens - 1).success).toBe(false);
        }
      }),
    );
  });

  it("knows no edge at which twice the limit passes", () => {
    const burst = (at: number) => Array<number>(10).fill(at);
    const { passed } = run([
      ...burst(T0 + 59_999),
      ...burst(T0 + 60_000),
      ...burst(T0 + 119_998),
      ...burst(T0 + 119_999),
    ]);
    expect(passed).toEqual([...burst(T0 + 59_999), ...burst(T0 + 119_999)]);
  });

  it("refused calls are not counted: who keeps asking gets in again when the oldest call has lapsed", () => {
    const { passed } = run(Array.from({ length: 601 }, (_, i) => T0 + i * 100));
    expect(passed).toHaveLength(11);
    expect(passed.at(-1)).toBe(T0 + 60_000);
  });
});

describe("a clock that is wrong", () => {
  it("goes back: what was let through still counts, for one period from now at most", () => {
    const { passed, left } = run([...Array<number>(10).fill(T0 + 3_600_000), T0, T0 + 59_999, T0 + 60_000]);
    expect(passed).toEqual([...Array<number>(10).fill(T0 + 3_600_000), T0 + 60_000]);
    expect(left).toEqual([T0 + 60_000]);
  });

  it("never lets more than the limit pass within one period of real time, however far it jumps back", () => {
    const jumps = fc.array(fc.integer({ min: -100_000, max: 0 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(jumps, (steps) => {
        // Real time stands still, the clock only goes back: nothing can lapse.
        let clock = T0;
        const readings = steps.flatMap((step) => {
          clock += step;
          return [clock, clock];
        });
        expect(run(readings).passed.length).toBeLessThanOrEqual(10);
      }),
    );
  });
});

describe("a limit that changes", () => {
  it("lowered, holds from the next call on", () => {
    const { left } = run(Array.from({ length: 10 }, (_, i) => T0 + i * 1_000));
    const lower = { limit: 4, periodSeconds: 60 };
    const step = stepWindow(left, lower, T0 + 10_000);
    expect(step).toMatchObject({ success: false, retryAfterSeconds: 56 });
    expect(stepWindow(left, lower, T0 + 65_999).success).toBe(false);
    expect(stepWindow(left, lower, T0 + 66_000).success).toBe(true);
  });

  it("raised, lets more pass at once", () => {
    const { left } = run(Array<number>(10).fill(T0));
    expect(stepWindow(left, { limit: 11, periodSeconds: 60 }, T0)).toMatchObject({
      success: true,
      retryAfterSeconds: 60,
    });
  });
});
