import { type Auth, type Background, isAuthError, type Machine } from "@edgeseal/core";
import { renewStored, type SessionRecord, type StoredRenewal } from "@edgeseal/core/adapter";

/** Longer than the ledger and the provider are given. */
const DEADLINE_MILLISECONDS = 20_000;
/** Whoever hands out tokens that are due at once is not asked more often. */
const PAUSE_AFTER_SUCCESS_SECONDS = 10;
const MOST_PAUSE_SECONDS = 3_600;
/** After one that hung. */
const HUNG_SECONDS = 60;
/** After something that nobody expected. */
const FAILURE_SECONDS = 300;

/** How the objects of one Worker renew what they hold. */
export interface Renewal {
  /** `false` from when the Worker's configuration was found wrong. */
  isOn(): boolean;
  /** Never rejects. What comes again comes in the future. */
  renew(record: Pick<SessionRecord, "name" | "sealed">, env: unknown, background: Background): Promise<StoredRenewal>;
}

export function renewalBy<E, M extends Machine>(authFor: (env: E) => Auth<M>): Renewal {
  let isOn = true;

  function turnOff(problems: string): void {
    if (isOn) {
      // biome-ignore lint/suspicious/noConsole: no audit sink is configured when the configuration is wrong
      console.error(
        `edgeseal: SessionObject renews nothing in the background. Export sessionObject(authFor) instead? ${problems}`,
      );
    }
    isOn = false;
  }

  async function attempt(
    { name, sealed }: Pick<SessionRecord, "name" | "sealed">,
    env: unknown,
    background: Background,
  ): Promise<StoredRenewal> {
    try {
      // As: the platform hands an object the env of its Worker, of which only the Worker knows the type.
      const auth = authFor(env as E);
      if (auth[renewStored]) return await auth[renewStored]({ name, sealed }, background);
      turnOff("Its `authFor` has no `store`.");
      return { kind: "later", at: now() + FAILURE_SECONDS };
    } catch (error) {
      if (isAuthError(error, "config_invalid")) turnOff(error.message);
      // Else a crypto fault, a Secrets Store that is down, a bug: it must not cost the other sessions their renewal.
      return { kind: "later", at: now() + FAILURE_SECONDS };
    }
  }

  return {
    isOn: () => isOn,
    async renew(record, env, background) {
      const outcome = await withDeadline(attempt(record, env, background));
      if (outcome.kind === "over") return outcome;
      if (outcome.kind === "later") return { kind: "later", at: bounded(outcome.at) };
      const { renewAt } = outcome.record;
      if (renewAt === undefined) return outcome;
      return {
        kind: "renewed",
        record: { ...outcome.record, renewAt: Math.max(renewAt, now() + PAUSE_AFTER_SUCCESS_SECONDS) },
      };
    },
  };
}

/** A renewal that hangs is begun again later: the ledger has what became of it. */
async function withDeadline(renewal: Promise<StoredRenewal>): Promise<StoredRenewal> {
  const { promise: lapsed, resolve } = Promise.withResolvers<StoredRenewal>();
  const timer = setTimeout(() => resolve({ kind: "later", at: now() + HUNG_SECONDS }), DEADLINE_MILLISECONDS);
  const outcome = await Promise.race([renewal, lapsed]);
  clearTimeout(timer);
  return outcome;
}

function bounded(at: number): number {
  return Math.min(Math.max(at, now() + 1), now() + MOST_PAUSE_SECONDS);
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
