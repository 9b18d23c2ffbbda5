import { expect, it } from "vitest";
import { soak } from "./soak.js";

/** A slice of what `pnpm soak` runs for minutes. */
const SECONDS = Number(process.env.SOAK_SECONDS ?? 24);

it(
  `${SECONDS} s of traffic while KV, the provider, its keys, ours, the ledger and the instances fail: nobody is logged out, and no 5xx is ours`,
  async () => {
    const report = await soak(SECONDS);
    const third = Math.floor(report.residentMegabytes.length / 3);
    const middle = median(report.residentMegabytes.slice(third, 2 * third));
    const end = median(report.residentMegabytes.slice(2 * third));
    if (process.env.SOAK_SECONDS) console.log(JSON.stringify({ ...report, middle, end }, null, 1));
    expect(report.logOuts).toEqual([]);
    expect(report.ownFailures).toEqual([]);
    expect(report.answered.ok + report.allowed503 + report.unknownKey503).toBe(report.requests);
    expect(report.answered.ok).toBeGreaterThan(SECONDS * 10);
    expect(report.answered.refreshed).toBeGreaterThan(SECONDS / 3);
    expect(report.upset.deployments).toBe(3);
  },
  (SECONDS + 60) * 1_000,
);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
