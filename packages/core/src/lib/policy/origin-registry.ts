import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import type { ClockOption, KeyValueStore } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import { isCanonicalOrigin } from "./origin-form.js";
import { previewExpiry, previewKey } from "./origin-record.js";

/** A request waits no longer for the store; the preview is not allowed then, and nothing is remembered. */
const DEADLINE_MILLISECONDS = 250;
/** As long as KV itself keeps what it has read, found or not. */
const ANSWER_SECONDS = 60;
/** Of each kind. */
const MAX_ANSWERS = 500;
/** Anybody can make up origins, and each would be a read that is paid for: many more than there are previews, no flood. */
const MAX_READS = 100;
const READS_SECONDS = 10;

/**
 * Asks the registry of preview origins. Never throws: a store that fails, hangs or holds something else allows nothing.
 * What the isolate remembers are settled answers and times, never a read under way.
 */
export function createOriginRegistry(
  store: Pick<KeyValueStore, "get">,
  clock: ClockOption,
): (origin: string) => boolean | Promise<boolean> {
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
    return reads <= MAX_READS;
  }

  async function ask(origin: string, now: number): Promise<boolean> {
    const value = await readEntry(store, origin);
    allowed.delete(origin);
    if (value === undefined) return false;
    const expiresAt = previewExpiry(value, origin);
    if (now < expiresAt) remember(allowed, origin, Math.min(expiresAt, now + ANSWER_SECONDS));
    else remember(refused, origin, now + ANSWER_SECONDS);
    return now < expiresAt;
  }

  return (origin) => {
    if (!isCanonicalOrigin(origin)) return false;
    const now = readClock(clock);
    if (isAhead(allowed.get(origin), now, ANSWER_SECONDS)) return true;
    if (isAhead(refused.get(origin), now, ANSWER_SECONDS)) return false;
    // One that was allowed is read again during a flood, too: nobody can make it up.
    return (allowed.has(origin) || mayRead(now)) && ask(origin, now);
  };
}

/** Further ahead than it was ever set is a clock that went back. */
function isAhead(until: number | undefined, now: number, atMost: number): boolean {
  return until !== undefined && now < until && until <= now + atMost;
}

function remember(answers: Map<string, number>, origin: string, until: number): void {
  answers.delete(origin);
  answers.set(origin, until);
  const [oldest] = answers.keys();
  if (answers.size > MAX_ANSWERS && oldest !== undefined) answers.delete(oldest);
}

/** `undefined`: the store did not answer. */
async function readEntry(store: Pick<KeyValueStore, "get">, origin: string): Promise<string | null | undefined> {
  try {
    const value = await withDeadline(store.get(await previewKey(origin)), DEADLINE_MILLISECONDS);
    return value === TIMED_OUT ? undefined : value;
  } catch {
    return undefined; // whatever a store throws: an outage allows no preview and stops nobody else
  }
}
