import type { Ledger, LedgerClaim, LedgerRequest, LedgerResult, LedgerSettled } from "../src/lib/base/ports.js";
import { claim, type LedgerRow, settle } from "../src/lib/session/ledger.js";
import { type Chronicle, noteClaim, noteLoss, noteSettle } from "./chronicle.js";
import type { Actor, Faults } from "./simulated-actor.js";
import type { VirtualTime } from "./virtual-time.js";

const PATIENCE_SECONDS = 10;

export interface SimulatedLedger {
  /** The binding as this request sees it: with its own distance and misfortune. */
  for(actor: Actor): Ledger;
  /** Moved or updated: the row stays, all who wait are disconnected. */
  evict(): void;
  /** The row is gone. */
  lose(): void;
}

interface Parts {
  readonly time: VirtualTime;
  readonly chronicle: Chronicle;
  readonly faults: () => Faults;
}

/** One object per session, as the Durable Object is: the machine over one row, waiters woken by a settle or the clock. */
export function createSimulatedLedger({ time, chronicle, faults }: Parts): SimulatedLedger {
  let row: LedgerRow | null = null;
  let leases = 0;
  const waiters = new Set<{ wake(): void; reject(error: Error): void }>();
  const now = () => Math.floor(time.now() / 1000);

  async function claimInside(request: LedgerRequest): Promise<LedgerClaim> {
    const patience = now() + PATIENCE_SECONDS;
    for (;;) {
      const wait = request.wait && now() < patience;
      const step = claim(row, { ...request, wait }, now(), `lease-${leases++}`);
      noteClaim(chronicle, request, step.answer, now());
      write(step.row);
      if (step.answer.role !== "wait") return step.answer;
      const until = Math.min(step.answer.until, patience);
      await new Promise<void>((wake, reject) => {
        const waiter = { wake, reject };
        waiters.add(waiter);
        time.after(until * 1000 - time.now(), wake);
      });
    }
  }

  async function settleInside(result: LedgerResult, actor: Actor): Promise<LedgerSettled> {
    const step = settle(row, result, now());
    noteSettle(chronicle, result, step.answer, actor, time.now());
    write(step.row);
    for (const waiter of waiters) waiter.wake();
    waiters.clear();
    return step.answer;
  }

  function write(next: LedgerRow): void {
    if (row !== null && next.latest < row.latest) chronicle.violations.push("latest went down");
    row = next;
  }

  function disconnect(): void {
    for (const waiter of waiters) waiter.reject(new Error("disconnected"));
    waiters.clear();
  }

  return {
    for: (actor) => ({
      getByName: () => ({
        claim: (request) => call(time, faults(), actor, () => claimInside(request), noteLease),
        settle: (result) =>
          actor.isCutOff
            ? disconnected()
            : call(time, faults(), actor, () => settleInside(result, actor), noteUnwanted),
        spend: async () => false,
      }),
    }),
    evict: disconnect,
    lose() {
      disconnect();
      row = null;
      noteLoss(chronicle);
    },
  };

  function noteLease(answer: LedgerClaim, actor: Actor, at: number): void {
    if (answer.role === "leader") actor.leaseAt = at;
  }

  function noteUnwanted(answer: LedgerSettled, actor: Actor): void {
    if (!answer.accepted && answer.role === "over" && actor.received) chronicle.unwanted.add(actor.received);
  }
}

async function disconnected(): Promise<never> {
  throw new Error("disconnected");
}

/** There and back, each with its own way of going wrong. A killed caller neither asks nor hears. */
function call<Answer>(
  time: VirtualTime,
  faults: Faults,
  actor: Actor,
  inside: () => Promise<Answer>,
  heard: (answer: Answer, actor: Actor, at: number) => void,
): Promise<Answer> {
  if (!actor.acts()) return new Promise(() => {});
  const { random } = actor;
  const fate = faults.ledger ? random() : 1;
  const slow = faults.ledger && random() < 0.1 ? 4_000 : 20;
  const [there, back] = [1 + random() * slow, 1 + random() * slow];
  return new Promise((resolve, reject) => {
    time.after(there, () => {
      if (fate < 0.08) reject(new Error("overloaded"));
      if (fate < 0.1) return; // or hangs, never processed
      inside().then(
        (answer) => {
          const at = time.now();
          time.after(back, () => {
            if (fate < 0.14) reject(new Error("disconnected after the write"));
            if (fate < 0.16) return; // or the answer never comes
            heard(answer, actor, at);
            resolve(answer);
          });
        },
        (error) => time.after(back, () => reject(error)),
      );
    });
  });
}
