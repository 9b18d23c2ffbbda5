import { expect, it } from "vitest";
import { type MemorySample, soak } from "./soak.js";

/** A slice of what `pnpm soak` runs for minutes, which is too short to say anything about memory. */
const SECONDS = Number(process.env.SOAK_SECONDS ?? 20);
/** Of the four heaps together: in a run of five minutes less than 100 bytes a request. */
const HEAP_ALLOWANCE_MEGABYTES = 2;
/** An allocator gives pages back late, and in parts. */
const RESIDENT_ALLOWANCE_MEGABYTES = 32;

it(
  `${SECONDS} s of traffic while KV, the provider, its keys, ours, the ledger and the instances fail: nobody is logged out, no 5xx is ours, and memory stays flat`,
  async () => {
    const report = await soak(SECONDS);
    if (process.env.SOAK_SECONDS) console.log(JSON.stringify(report, null, 1));
    expect(report.logOuts).toEqual([]);
    expect(report.ownFailures).toEqual([]);
    const { ended_token, unknown_key } = report.unavailable;
    expect(report.answered.ok + ended_token + unknown_key).toBe(report.requests);
    expect(report.answered.ok).toBeGreaterThan(SECONDS * 10);
    expect(report.answered.refreshed).toBeGreaterThan(SECONDS / 3);
    expect(report.upset.deployments).toBe(3);
    if (SECONDS < 120) return;
    const late = report.memory.filter(({ second }) => second >= SECONDS / 3);
    const [first, last] = [late.slice(0, 3), late.slice(-3)];
    expect(last).toHaveLength(3);
    expect(median(last, heapOf)).toBeLessThanOrEqual(median(first, heapOf) + HEAP_ALLOWANCE_MEGABYTES);
    expect(median(last, residentOf)).toBeLessThanOrEqual(median(first, residentOf) + RESIDENT_ALLOWANCE_MEGABYTES);
  },
  (SECONDS + 60) * 1_000,
);

const heapOf = ({ heaps }: MemorySample): number => heaps.reduce((sum, one) => sum + one, 0);
const residentOf = ({ resident }: MemorySample): number => resident;

function median(samples: readonly MemorySample[], of: (sample: MemorySample) => number): number {
  return samples.map(of).sort((a, b) => a - b)[samples.length >> 1] ?? 0;
}
