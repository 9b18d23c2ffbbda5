import { AuthError } from "./errors.js";
import type { ClockOption, Runtime } from "./ports.js";

/** Where nothing was passed: the platform's `fetch`, looked up at each call so that spies work, and its clock. */
const platform: Runtime = {
  fetch: (input, init) => globalThis.fetch(input, init),
  now: () => Math.floor(Date.now() / 1000),
};

export function resolveRuntime(options: Partial<Runtime>): Runtime {
  const { fetch = platform.fetch, now } = options;
  const clock = { ...(now && { now }) };
  return { fetch, now: () => readClock(clock) };
}

/** `null` where the clock stands: on Workers it shows 0 until the first request, and parts may be made at module scope. */
export function clockAtConstruction(options: ClockOption): number | null {
  const now = readClock(options);
  return now === 0 ? null : now;
}

/**
 * Epoch seconds, floored. Throws `clock_in_milliseconds` above 1e11, which no clock in seconds reaches before the
 * year 5138 and `Date.now` passed in 1973, and for what is no time at all.
 */
export function readClock(options: ClockOption): number {
  const seconds = Math.floor((options.now ?? platform.now)());
  if (Number.isFinite(seconds) && seconds >= 0 && seconds <= 1e11) return seconds;
  throw new AuthError("clock_in_milliseconds", "`now` must give epoch seconds: pass `() => Date.now() / 1000`.");
}
