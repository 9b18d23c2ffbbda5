import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Plan, playWorld, type Step, WORLD_START } from "../../../test/simulated-world.js";
import { type Cryptography, randomFrom, startVirtualTime, watchCryptography } from "../../../test/virtual-time.js";

let cryptography: Cryptography;

beforeEach(() => {
  cryptography = watchCryptography();
});
afterEach(() => {
  cryptography.release();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const gap = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 400 }) },
  { weight: 3, arbitrary: fc.integer({ min: 400, max: 15_000 }) },
  { weight: 3, arbitrary: fc.integer({ min: 15_000, max: 120_000 }) },
  { weight: 4, arbitrary: fc.integer({ min: 240_000, max: 420_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 3_600_000, max: 10_800_000 }) },
);

function steps(...more: { weight: number; arbitrary: fc.Arbitrary<Step["what"]> }[]): fc.Arbitrary<Step[]> {
  const what = fc.oneof(
    { weight: 30, arbitrary: fc.constant<Step["what"]>("visit") },
    { weight: 6, arbitrary: fc.constant<Step["what"]>("switch") },
    { weight: 1, arbitrary: fc.constant<Step["what"]>("log-out") },
    ...more,
  );
  const browser = fc.integer({ min: 0, max: 1 });
  const tabs = fc.integer({ min: 1, max: 4 });
  return fc.array(fc.record({ gap, what, browser, tabs, seed: fc.nat() }), { minLength: 5, maxLength: 40 });
}

const evict = { weight: 3, arbitrary: fc.constant<Step["what"]>("evict") };
const lose = { weight: 1, arbitrary: fc.constant<Step["what"]>("lose") };
const ended = { weight: 1, arbitrary: fc.constant<Step["what"]>("end at the provider") };
const off = fc.constant(false);
const perhaps = fc.boolean();

async function play(plan: Plan): Promise<void> {
  const time = startVirtualTime(WORLD_START, cryptography);
  const random = randomFrom(1);
  // The pauses before another try come from here: one plan, one schedule.
  const chance = vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    if (array instanceof Uint8Array) array.set(array.map(() => Math.floor(random() * 256)));
    return array;
  });
  try {
    expect(await playWorld(plan, time)).toEqual([]);
  } finally {
    chance.mockRestore();
    vi.unstubAllGlobals();
  }
}

test.each([
  ["late and lost responses alone", 120, { late: perhaps, kills: off, ledger: off, provider: off }, steps()],
  [
    "dying leaders and a ledger that moves",
    120,
    { late: perhaps, kills: perhaps, ledger: off, provider: off },
    steps(evict),
  ],
  [
    "a ledger that fails, hangs and loses answers",
    120,
    { late: perhaps, kills: off, ledger: fc.constant(true), provider: off },
    steps(evict),
  ],
  [
    "a ledger and a provider that are slow and fail",
    120,
    { late: perhaps, kills: off, ledger: fc.constant(true), provider: fc.constant(true) },
    steps(),
  ],
  [
    "everything at once",
    120,
    { late: perhaps, kills: perhaps, ledger: perhaps, provider: perhaps },
    steps(evict, lose, ended),
  ],
])(
  "RF-22 nobody is logged out by accident, whatever the schedule: %s",
  async (_, numRuns, faults, schedule) => {
    const plan = fc.record({ faults: fc.record(faults), detectsReuse: perhaps, steps: schedule });
    await fc.assert(fc.asyncProperty(plan, play), { numRuns, seed: 20_261_117 });
  },
  60_000,
);
