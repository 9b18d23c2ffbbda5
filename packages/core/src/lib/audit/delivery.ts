import { pause, TIMED_OUT, withDeadline } from "../base/deadline.js";
import type { AuditEvent, AuditSink } from "../base/ports.js";

/** Three tries of 5 s and what lies between them: less than the 30 s that Workers give work after an answer. */
const TRY_MILLISECONDS = 5_000;
const PAUSES_MILLISECONDS = [250, 1_000] as const;
/** How long a sink that lost an event gets one try for each: retries would bury a database that is struggling. */
const WARY_SECONDS = 30;

/** Hands one event to one sink. `false`: it is lost. Never rejects. */
export type Deliver = (event: AuditEvent) => Promise<boolean>;

/** A sink that took an event but answered too late gets it again: the id tells it that it has it. */
export function createDelivery(sink: AuditSink): Deliver {
  let waryUntil = 0;

  return async (event) => {
    const pauses = event.at < waryUntil ? [] : PAUSES_MILLISECONDS;
    if (await isTaken(sink, event)) return true;
    for (const milliseconds of pauses) {
      await pause(milliseconds);
      if (await isTaken(sink, event)) return true;
    }
    waryUntil = event.at + WARY_SECONDS;
    return false;
  };
}

async function isTaken(sink: AuditSink, event: AuditEvent): Promise<boolean> {
  try {
    // Awaited whatever it returns: sinks of JavaScript may answer at once.
    return (await withDeadline(Promise.resolve(sink.send(event)), TRY_MILLISECONDS)) !== TIMED_OUT;
  } catch {
    return false; // whatever a sink throws or rejects with: a log that is down is nobody's refusal
  }
}
