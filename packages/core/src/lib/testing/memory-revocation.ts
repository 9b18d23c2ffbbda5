import type { ClockOption, RevocationStore } from "../base/ports.js";
import { readClock } from "../base/runtime.js";

/** A store as prompt as `RevocationObject`: what was ended is seen by the next question. */
export function createMemoryRevocation(clock: ClockOption = {}): RevocationStore {
  const rows = new Map<string, { readonly since: number; readonly forgetAt: number }>();
  return {
    getByName(name) {
      const rowOf = (mark: string) => rows.get(`${name} ${mark}`);
      return {
        async ended(marks) {
          const now = readClock(clock);
          const live = marks.flatMap((mark): [string, number][] => {
            const row = rowOf(mark);
            return row !== undefined && now < row.forgetAt ? [[mark, row.since]] : [];
          });
          return Object.fromEntries(live);
        },
        async end(mark, since, forgetAt) {
          const before = rowOf(mark) ?? { since, forgetAt };
          rows.set(`${name} ${mark}`, {
            since: Math.max(before.since, since),
            forgetAt: Math.max(before.forgetAt, forgetAt),
          });
        },
      };
    },
  };
}
