import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { hasMethod, unknownOptions, wholeProblems } from "../base/option-checks.js";
import type { RevocationStore } from "../base/ports.js";
import type { RevocationScope } from "./revocation-names.js";
import {
  type LeavingSession,
  type RevocableSession,
  type RevocationQuestion,
  revocationQuestions,
} from "./revocation-questions.js";
import { endInStore, endingsOf, ownEnding, type RevocationTarget } from "./revocation-target.js";

export interface RevocationOptions {
  /** The namespace of `RevocationObject`, or `kvRevocation(env.AUTH_KV)`. */
  readonly store: RevocationStore;
  /**
   * What becomes of a session while nobody can say whether it was ended. `open`: it goes on, event `store_unreachable`.
   * `closed`: 503, and the cookie stays. There is no default: which outage is worse only the app knows.
   */
  readonly whenDown: "open" | "closed";
  /** How long a request waits for the store, in milliseconds. Default 250; from 50 to 5,000. */
  readonly deadlineMilliseconds?: number;
}

export type RevocationVerdict =
  | { readonly state: "live" }
  | {
      readonly state: "ended";
      /** What was ended, for the event. */
      readonly by: RevocationQuestion["marks"][number]["by"];
      /** By a log-out or a new sign-in of this very browser. */
      readonly isItsOwn: boolean;
    }
  | { readonly state: "unreachable" };

/** Sessions that were ended before their time, for `createAuth` and `createValidator`; made by `createRevocation`. */
export interface Revocation {
  readonly whenDown: "open" | "closed";
  /** Never rejects: a store that does not answer in time is a verdict of its own. */
  check(session: RevocableSession, scope: RevocationScope): Promise<RevocationVerdict>;
  /** Resolves once it is recorded. Throws `AuthError` `store_unreachable` after three tries. */
  end(target: RevocationTarget, scope: RevocationScope, now: number): Promise<void>;
  /** The same for a session that its own browser leaves. */
  endOwn(session: LeavingSession, scope: RevocationScope): Promise<void>;
}

const DEADLINE_MILLISECONDS = 250;
const DEADLINE_RANGE = [50, 5_000] as const;

/** Looks sealed sessions up before they are believed. Throws `config_invalid` with every problem of the options. */
export function createRevocation(options: RevocationOptions): Revocation {
  refuseConfig(optionProblems(options));
  const { store, whenDown, deadlineMilliseconds = DEADLINE_MILLISECONDS } = options;

  return {
    whenDown,
    async check(session, scope) {
      const questions = await revocationQuestions(session, scope);
      const verdicts = await Promise.all(
        questions.map((question) => ask(store, question, session.createdAt, deadlineMilliseconds)),
      );
      // One entry that says so is enough, whatever became of the others.
      const ended = verdicts.find(({ state }) => state === "ended");
      return ended ?? verdicts.find(({ state }) => state === "unreachable") ?? { state: "live" };
    },
    end: async (target, scope, now) => endInStore(store, await endingsOf(target, scope, now)),
    endOwn: async (session, scope) => endInStore(store, [await ownEnding(session, scope)]),
  };
}

async function ask(
  store: RevocationStore,
  { name, marks }: RevocationQuestion,
  createdAt: number,
  milliseconds: number,
): Promise<RevocationVerdict> {
  try {
    const answer = await withDeadline(store.getByName(name).ended(marks.map(({ mark }) => mark)), milliseconds);
    if (answer === TIMED_OUT) return { state: "unreachable" };
    for (const { mark, by, moment } of marks) {
      const since = Object.hasOwn(answer, mark) ? answer[mark] : undefined;
      // One that began in the very second is ended, too: of two wrong answers the one that a new sign-in mends.
      if (since !== undefined && moment <= since)
        return { state: "ended", by, isItsOwn: by === "session" && since === createdAt };
    }
    return { state: "live" };
  } catch {
    return { state: "unreachable" }; // whatever a stub or a store throws: moved, overloaded, not to be read
  }
}

function optionProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`createRevocation` takes an object of options."];
  const { store, whenDown, deadlineMilliseconds } = options;
  return [
    ...unknownOptions(options, ["store", "whenDown", "deadlineMilliseconds"], "createRevocation"),
    ...(hasMethod(store, "getByName")
      ? []
      : ["`store` must be the namespace of `RevocationObject` or `kvRevocation(env.AUTH_KV)`; is it bound?"]),
    ...(whenDown === "open" || whenDown === "closed"
      ? []
      : ['`whenDown` must be "open" (sessions go on) or "closed" (503) for when nobody can say who was ended.']),
    ...wholeProblems("deadlineMilliseconds", deadlineMilliseconds, DEADLINE_RANGE, "milliseconds"),
  ];
}
