import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import type { ClockOption, KeyValueStore } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import { isCanonicalOrigin } from "./origin-form.js";
import { previewExpiry, previewKey } from "./origin-record.js";

interface Answer {
  readonly allowed: boolean;
  /** Epoch seconds. */
  readonly until: number;
}

/** A request waits no longer for the store; the preview is not allowed then, and nothing is remembered. */
const DEADLINE_MILLISECONDS = 250;
/** As long as KV itself keeps what it has read, found or not. */
const ANSWER_SECONDS = 60;
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
  const answers = new Map<string, Answer>();
  let reads = 0;
  let readsUntil = 0;

  function mayRead(now: number): boolean {
    if (now >= readsUntil) {
      reads = 0;
      readsUntil = now + READS_SECONDS;
    }
    reads += 1;
    return reads <= MAX_READS;
  }

  async function ask(origin: string, now: number): Promise<boolean> {
    const value = await readEntry(store, origin);
    if (value === undefined) return false;
    const expiresAt = previewExpiry(value, origin);
    const allowed = now < expiresAt;
    answers.delete(origin);
    answers.set(origin, {
      allowed,
      until: Math.min(allowed ? expiresAt : Number.POSITIVE_INFINITY, now + ANSWER_SECONDS),
    });
    const [oldest] = answers.keys();
    if (answers.size > MAX_ANSWERS && oldest !== undefined) answers.delete(oldest);
    return allowed;
  }

  return (origin) => {
    if (!isCanonicalOrigin(origin)) return false;
    const now = readClock(clock);
    const answer = answers.get(origin);
    if (answer !== undefined && now < answer.until) return answer.allowed;
    return mayRead(now) && ask(origin, now);
  };
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
