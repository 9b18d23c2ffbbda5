import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import type { ClockOption } from "../base/ports.js";
import { readClock } from "../base/runtime.js";

/** As long as KV itself keeps what it has read, found or not. */
const ANSWER_SECONDS = 60;
const READS_SECONDS = 10;

export interface OriginMemoryOptions {
  /** Of each kind, allowed and refused. */
  readonly maxAnswers: number;
  /** Within ten seconds. Anybody can make up origins, and each would be a read that is paid for. */
  readonly maxReads: number;
  /** A request waits no longer; nothing is remembered then. */
  readonly deadlineMilliseconds: number;
}

/** `null`: nobody could say. */
export type OriginAnswer = boolean | null;

/**
 * Remembers what a look-up said of an origin: until when it is allowed, in epoch seconds. Never throws. What the isolate
 * remembers are settled answers and times, never a look-up under way.
 */
export function createOriginMemory(
  lookUp: (origin: string) => Promise<number>,
  options: OriginMemoryOptions,
  clock: ClockOption,
): (origin: string) => OriginAnswer | Promise<OriginAnswer> {
  const { maxAnswers, maxReads, deadlineMilliseconds } = options;
  // Until when each is remembered. Apart, so that no flood of made-up origins pushes out those that are allowed.
  const allowed = new Map<string, number>();
  const refused = new Map<string, number>();
  let reads = 0;
  let readsUntil = 0;

  function mayRead(now: number): boolean {
    if (!isAhead(readsUntil, now, READS_SECONDS)) {
      reads = 0;
      readsUntil = now + READS_SECONDS;
    }
    reads += 1;
    return reads <= maxReads;
  }

  function remember(answers: Map<string, number>, origin: string, until: number): void {
    answers.delete(origin);
    answers.set(origin, until);
    const [oldest] = answers.keys();
    if (answers.size > maxAnswers && oldest !== undefined) answers.delete(oldest);
  }

  async function ask(origin: string, now: number): Promise<OriginAnswer> {
    const expiresAt = await answerOf(lookUp, origin, deadlineMilliseconds);
    allowed.delete(origin);
    if (expiresAt === null) return null;
    if (now < expiresAt) remember(allowed, origin, Math.min(expiresAt, now + ANSWER_SECONDS));
    else remember(refused, origin, now + ANSWER_SECONDS);
    return now < expiresAt;
  }

  return (origin) => {
    const now = readClock(clock);
    if (isAhead(allowed.get(origin), now, ANSWER_SECONDS)) return true;
    if (isAhead(refused.get(origin), now, ANSWER_SECONDS)) return false;
    // One that was allowed is read again during a flood, too: nobody can make it up.
    return allowed.has(origin) || mayRead(now) ? ask(origin, now) : null;
  };
}

/** Further ahead than it was ever set is a clock that went back. */
function isAhead(until: number | undefined, now: number, atMost: number): boolean {
  return until !== undefined && now < until && until <= now + atMost;
}

async function answerOf(
  lookUp: (origin: string) => Promise<number>,
  origin: string,
  milliseconds: number,
): Promise<number | null> {
  try {
    const expiresAt = await withDeadline(lookUp(origin), milliseconds);
    return expiresAt === TIMED_OUT ? null : expiresAt;
  } catch {
    return null; // whatever a store throws: an outage allows nobody and stops nobody else
  }
}
