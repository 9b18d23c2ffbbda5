import type { Emit } from "../base/ports.js";
import { clampRetryAfter } from "./retry-after.js";

export interface Circuit {
  /** `null`: go on, and report how it went. A number: stay away for so many seconds, without a call. */
  refusesFor(): number | null;
  /** The provider answered, whatever it said. */
  answered(): void;
  /** It did not, or asked for a pause of so many seconds. */
  failed(retryAfterSeconds?: number): void;
}

export interface CircuitOptions {
  readonly now: () => number;
  readonly emit?: Emit;
}

/** A single failure may be one bad connection; from the third on waiting visitors gain nothing by another try. */
const FAILURES_TO_OPEN = 3;
const FIRST_PAUSE_SECONDS = 5;
const LONGEST_PAUSE_SECONDS = 60;
/** A probe outlives the 8 s deadline of a call; one that was cancelled blocks the next no longer than this. */
const PROBE_SECONDS = 10;

/**
 * Per provider and isolate. Closed: all pass. Open: none, until a time; a provider's own `Retry-After` opens it at once.
 * Then half-open: one probe at a time, and its outcome decides. Every mark is a time, because the request that set it may
 * be cancelled at any await.
 */
export function createCircuit({ now, emit }: CircuitOptions): Circuit {
  let failures = 0;
  let openUntil = 0;
  let probeUntil = 0;

  return {
    refusesFor() {
      const at = now();
      if (at < openUntil) return openUntil - at;
      if (openUntil === 0) return null;
      if (at < probeUntil) return probeUntil - at;
      probeUntil = at + PROBE_SECONDS;
      return null;
    },
    answered() {
      failures = 0;
      openUntil = 0;
      probeUntil = 0;
    },
    failed(retryAfterSeconds) {
      failures++;
      probeUntil = 0;
      if (retryAfterSeconds === undefined && failures < FAILURES_TO_OPEN) return;
      const wasClosed = openUntil === 0;
      const doubled = FIRST_PAUSE_SECONDS * 2 ** Math.max(failures - FAILURES_TO_OPEN, 0);
      const pauseSeconds = clampRetryAfter(retryAfterSeconds ?? Math.min(doubled, LONGEST_PAUSE_SECONDS));
      // Never shorter than what was promised before: of two late answers the longer pause counts.
      openUntil = Math.max(openUntil, now() + (pauseSeconds ?? LONGEST_PAUSE_SECONDS));
      if (wasClosed)
        emit?.({ type: "circuit_opened", reason: retryAfterSeconds === undefined ? "failures" : "retry_after" });
    },
  };
}
