import { base64url, randomBytes } from "../base/bytes.js";
import { pause } from "../base/deadline.js";
import type { Ledger, LedgerClaim, LedgerEntry } from "../base/ports.js";
import { claim, type LedgerRow, settle, spend } from "./ledger.js";

/** How often somebody who waits looks again. Own timers: on Workers a promise of another request may never settle. */
const POLL_MILLISECONDS = [25, 50, 100, 200] as const;
/** How long somebody waits for another one's refresh in all: as long as a lease lives. */
const PATIENCE_MILLISECONDS = 10_000;
const MAX_ENTRIES = 5_000;

/**
 * The ledger's machine over a bounded map of this isolate: refreshes of one isolate never race each other. Other isolates
 * are not seen, so strict single-use refresh tokens need the real one. The oldest entries are forgotten above 5,000.
 */
export function createLocalLedger(options: { readonly now: () => number }): Ledger {
  const rows = new Map<string, LedgerRow>();

  function write(name: string, row: LedgerRow): void {
    rows.delete(name);
    rows.set(name, row);
    if (rows.size <= MAX_ENTRIES) return;
    for (const oldest of rows.keys()) {
      rows.delete(oldest);
      return;
    }
  }

  function read(name: string): LedgerRow | null {
    const row = rows.get(name);
    if (row === undefined) return null;
    if (options.now() < row.forgetAt) return row;
    rows.delete(name);
    return null;
  }

  function entry(name: string): LedgerEntry {
    return {
      async claim(request): Promise<LedgerClaim> {
        let waited = 0;
        for (let look = 0; ; look++) {
          const patient = request.wait && waited < PATIENCE_MILLISECONDS;
          const lease = base64url(randomBytes(16));
          const step = claim(read(name), { ...request, wait: patient }, options.now(), lease);
          write(name, step.row);
          if (step.answer.role !== "wait") return step.answer;
          const milliseconds = Math.min(POLL_MILLISECONDS[look] ?? 200, PATIENCE_MILLISECONDS - waited);
          await pause(milliseconds);
          waited += milliseconds;
        }
      },
      async settle(result) {
        const step = settle(read(name), result, options.now());
        write(name, step.row);
        return step.answer;
      },
      async spend(expiresAt) {
        const step = spend(read(name), expiresAt, options.now());
        write(name, step.row);
        return step.answer;
      },
    };
  }
  return { getByName: entry };
}
