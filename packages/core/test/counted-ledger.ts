import type { Ledger, LedgerEntry } from "../src/lib/base/ports.js";

type Call = "claim" | "settle";

export interface CountedLedger extends Ledger {
  readonly calls: readonly Call[];
  count(call: Call): number;
  /** Coming calls of that kind fail like a stub whose object was moved, so many times. */
  fail(call: Call, times: number): void;
  /** Runs before a coming call of that kind reaches the ledger, once. */
  before(call: Call, action: () => void | Promise<void>): void;
  clear(): void;
}

/** A ledger that counts, and that breaks on demand. */
export function countLedger(ledger: Ledger): CountedLedger {
  const calls: Call[] = [];
  const failures = { claim: 0, settle: 0 };
  const actions: Partial<Record<Call, () => void | Promise<void>>> = {};

  async function counted(call: Call): Promise<void> {
    calls.push(call);
    const action = actions[call];
    delete actions[call];
    await action?.();
    if (failures[call] === 0) return;
    failures[call]--;
    throw new Error("Durable Object reset because its code was updated.");
  }

  return {
    calls,
    count: (call) => calls.filter((one) => one === call).length,
    fail(call, times) {
      failures[call] = times;
    },
    before(call, action) {
      actions[call] = action;
    },
    clear: () => void calls.splice(0),
    getByName(name): LedgerEntry {
      const entry = ledger.getByName(name);
      return {
        async claim(request) {
          await counted("claim");
          return entry.claim(request);
        },
        async settle(result) {
          await counted("settle");
          return entry.settle(result);
        },
        spend: (expiresAt) => entry.spend(expiresAt),
      };
    },
  };
}
