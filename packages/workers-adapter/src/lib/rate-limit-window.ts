/** At most so many calls in any stretch of time of this length. */
export interface RateLimitWindow {
  /** From 1 to 1,000: each call that is let through is remembered by itself. */
  readonly limit: number;
  /** From 1 to 86,400, a day. */
  readonly periodSeconds: number;
}

export interface RateLimitCall extends RateLimitWindow {
  /** Whose calls these are. An object counts one key, the one it is named by, and looks at it no more. */
  readonly key?: string;
}

export interface RateLimitAnswer {
  readonly success: boolean;
  /** Until there is room for one more call, to the millisecond: 0 when there is. */
  readonly retryAfterSeconds: number;
}

export interface WindowStep {
  /** When the calls that still count were let through, in epoch milliseconds, oldest first. */
  readonly times: readonly number[];
  readonly success: boolean;
  /** Until there is room for one more call: 0 when there is. */
  readonly retryAfterSeconds: number;
}

const MAX_LIMIT = 1_000;
const MAX_PERIOD_SECONDS = 86_400;

/** What is wrong with the numbers of a window, in a sentence each. */
export function windowProblems({ limit, periodSeconds }: Readonly<Record<keyof RateLimitWindow, unknown>>): string[] {
  const problems: string[] = [];
  if (!isWhole(limit, MAX_LIMIT)) problems.push(`\`limit\` must be a whole number from 1 to ${MAX_LIMIT}.`);
  if (!isWhole(periodSeconds, MAX_PERIOD_SECONDS)) {
    problems.push(`\`periodSeconds\` must be a whole number from 1 to ${MAX_PERIOD_SECONDS}.`);
  }
  return problems;
}

function isWhole(value: unknown, most: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most;
}

/**
 * One call at `now` (epoch milliseconds). A call counts for one period after it was let through, to the millisecond: a
 * window that begins anew every minute would let twice the limit pass around its edge. Refused calls count for nothing, so
 * a client that keeps asking gets in again when the oldest of its calls has lapsed.
 */
export function stepWindow(before: readonly number[], window: RateLimitWindow, now: number): WindowStep {
  const period = window.periodSeconds * 1000;
  // A time to come is a clock that was ahead: the call was at the latest now. So a wrong clock holds nobody for ever.
  const counting = before.map((time) => Math.min(time, now)).filter((time) => now - time < period);
  const success = counting.length < window.limit;
  const times = success ? [...counting, now] : counting;
  // After this many of the oldest have lapsed, one more fits; more than one only where the limit was lowered.
  const excess = times.length - window.limit;
  const freeAt = excess < 0 ? now : (times[excess] ?? now) + period;
  return { times, success, retryAfterSeconds: (freeAt - now) / 1000 };
}
