import { pause, TIMED_OUT, withDeadline } from "../base/deadline.js";
import { AuthError } from "../base/errors.js";
import type { SessionShelf } from "../base/session-home.js";
import type { RevocationScope } from "./revocation-names.js";
import type { Shelves, StoreOptions } from "./store.js";
import { personName } from "./stored-names.js";

const ANSWER_MILLISECONDS = 3_000;
/** An object that was moved, or whose code is being replaced, is there again by then. */
const PAUSE_MILLISECONDS = 100;

/** How a store's shelves are named and asked in one configuration. */
export function createShelves(options: StoreOptions, scope: RevocationScope): Shelves {
  const { home, deviceLabel } = options;

  async function ask<Answer>(
    { tries, whileSilent }: { readonly tries: number; readonly whileSilent: boolean },
    person: string,
    question: (shelf: SessionShelf) => Promise<Answer>,
  ): Promise<Answer> {
    let cause: unknown;
    for (let tried = 0; tried < tries; tried++) {
      if (tried > 0) await pause(PAUSE_MILLISECONDS * tried);
      try {
        const answer = await withDeadline(question(home.getByName(person)), ANSWER_MILLISECONDS);
        if (answer !== TIMED_OUT) return answer;
        if (!whileSilent) break;
      } catch (error) {
        cause = error; // whatever a stub or a store throws: moved, overloaded, not to be read
      }
    }
    throw new AuthError("store_unreachable", "The store of sessions did not answer.", { cause });
  }

  return {
    isEventual: home.isEventual === true,
    ...(deviceLabel && { deviceLabel }),
    personOf: (userId) => personName(scope, userId),
    canList: (person) => typeof home.getByName(person).list === "function",
    // Somebody waits: who hangs for that long is not asked again.
    ask: (person, question) => ask({ tries: 2, whileSilent: false }, person, question),
    askFirmly: (person, question) => ask({ tries: 3, whileSilent: true }, person, question),
  };
}
