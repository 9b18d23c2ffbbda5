import { refuseConfig } from "../base/errors.js";
import type { ClockOption } from "../base/ports.js";
import { clockAtConstruction } from "../base/runtime.js";
import type { Keyring } from "../seal/keyring.js";
import { openLegacySeal } from "../seal/legacy.js";
import { type LegacyOptions, legacyEnd, legacyProblems } from "./legacy-options.js";
import { readLegacySession } from "./legacy-session.js";
import type { OpenedSession } from "./sealed-store.js";

/** Where sessions of the layouts before `es1` lie, and how one is opened. Made by `legacySessions`. */
export interface LegacySessions {
  /** Epoch seconds: from then on nothing of it is read. */
  readonly until: number;
  readonly cookieName: string;
  /** The `Domain` of that cookie. */
  readonly cookieDomain?: string;
  /** Throws `AuthError` `crypto_failure` when nobody can say. */
  open(text: string, under: LegacyContext): Promise<OpenedSession>;
}

export interface LegacyContext {
  readonly keyring: Keyring;
  /** Epoch seconds. */
  readonly now: number;
  /** From the beginning of its token to the session's end. Default 30 days. */
  readonly absoluteSeconds?: number;
}

/** No key of a ring has it. */
const NO_VERSION = 0;

/**
 * Reads sessions in the two layouts before `es1`, for a while: people who were signed in there stay signed in here. For
 * `createAuth({ legacy: legacySessions({ until: "2027-03-01" }) })`. Throws `config_invalid` with every problem.
 */
export function legacySessions(options: LegacyOptions & ClockOption): LegacySessions {
  refuseConfig(legacyProblems(options, timeOf(options)));
  const { until, cookieName = "session", cookieDomain, secret } = options;
  return {
    until: legacyEnd(until) ?? 0,
    cookieName,
    ...(cookieDomain !== undefined && { cookieDomain: cookieDomain.toLowerCase() }),
    async open(text, { keyring, now, absoluteSeconds }) {
      const opened = await openLegacySeal(text, { keyring, now, ...(secret !== undefined && { secret }) });
      if (!opened.ok) return opened;
      const session = await readLegacySession(opened.body, now, absoluteSeconds);
      if (session === null) return { ok: false, reason: "malformed" };
      const { endsAt } = session;
      if (now >= endsAt) return { ok: false, reason: "expired", session };
      return { ok: true, session, keyVersion: NO_VERSION, outdated: true, issuedAt: now, expiresAt: endsAt };
    },
  };
}

/** JavaScript may pass anything; what is wrong with it is said with all the rest. */
function timeOf(options: unknown): number | null {
  const { now } = typeof options === "object" && options !== null ? (options as ClockOption) : {};
  return typeof now === "function" || now === undefined ? clockAtConstruction({ ...(now && { now }) }) : null;
}
