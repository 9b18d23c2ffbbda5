import type { SessionHome, SessionShelf } from "../src/lib/base/session-home.js";

export type ShelfCall = "load" | "save" | "end" | "list";
/** `hang`: no answer at all. `lost`: it is done, and the answer does not arrive. */
export type ShelfFault = "fail" | "hang" | "lost";

export interface CountedHome extends SessionHome {
  readonly calls: readonly ShelfCall[];
  count(call: ShelfCall): number;
  /** What was written, in the order of writing. */
  readonly written: readonly unknown[];
  /** Coming calls of that kind, so many times. */
  fault(call: ShelfCall, how: ShelfFault, times: number): void;
  /** Every call fails until told otherwise. */
  down: boolean;
  /** Runs before a coming call of that kind reaches the home, once. */
  before(call: ShelfCall, action: () => void | Promise<void>): void;
  clear(): void;
}

/** A home of sessions that counts, and that breaks on demand. */
export function countHome(home: SessionHome): CountedHome {
  const calls: ShelfCall[] = [];
  const written: unknown[] = [];
  const faults: Partial<Record<ShelfCall, ShelfFault[]>> = {};
  const actions: Partial<Record<ShelfCall, () => void | Promise<void>>> = {};

  async function counted<Answer>(call: ShelfCall, ask: () => Promise<Answer>): Promise<Answer> {
    calls.push(call);
    const action = actions[call];
    delete actions[call];
    await action?.();
    const fault = counting.down ? "fail" : faults[call]?.shift();
    if (fault === "fail") throw new Error("Durable Object reset because its code was updated.");
    if (fault === "hang") return new Promise<never>(() => {});
    const answer = await ask();
    if (fault === "lost") throw new Error("Network connection lost.");
    return answer;
  }

  const counting: CountedHome = {
    ...(home.isEventual && { isEventual: home.isEventual }),
    calls,
    written,
    count: (call) => calls.filter((one) => one === call).length,
    fault(call, how, times) {
      faults[call] = Array.from({ length: times }, () => how);
    },
    down: false,
    before(call, action) {
      actions[call] = action;
    },
    clear: () => void calls.splice(0),
    getByName(person): SessionShelf {
      const shelf = home.getByName(person);
      return {
        load: (...question) => counted("load", () => shelf.load(...question)),
        save: (record) => {
          written.push({ person, ...record });
          return counted("save", () => shelf.save(record));
        },
        end: (which) => counted("end", () => shelf.end(which)),
        ...(shelf.list && { list: () => counted("list", async () => (await shelf.list?.()) ?? []) }),
      };
    },
  };
  return counting;
}
