import type { ClockOption, Ledger } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import { createLocalLedger } from "../session/local-ledger.js";

/**
 * The ledger of `LedgerObject` in memory: the same state machine, so leases, pauses and successors come out alike. Passed
 * to several auths, it is what several isolates share. Who waits for another one's refresh waits on real timers.
 */
export function createMemoryLedger(options: ClockOption = {}): Ledger {
  return createLocalLedger({ now: () => readClock(options) });
}
