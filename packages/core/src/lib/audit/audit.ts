import type { AuditClient, AuditEvent, AuditFact, AuditSink, Background, Emit, Runtime } from "../base/ports.js";
import { createDelivery, type Deliver } from "./delivery.js";
import { auditEvent } from "./event.js";
import { createTally } from "./tally.js";

export interface AuditParts {
  /** The option `audit` as it was given: one, or several that each get all events. Absent: they go nowhere. */
  readonly sinks?: AuditSink | readonly AuditSink[] | undefined;
  /** Absent: events say nothing of who sent the request. */
  readonly client?: (request: Request) => AuditClient;
  readonly runtime: Pick<Runtime, "now">;
  readonly realm?: string;
}

export interface Audit {
  readonly emit: Emit;
  /** Events that a sink did not take, since this isolate began. */
  lost(): number;
}

/**
 * Turns what happened into events and hands them to every sink. It never throws and nobody waits for it: a log that is
 * down is no reason to refuse a visitor. What a sink did not take is counted and told as `background_failed` with the
 * next event.
 */
export function createAudit(parts: AuditParts): Audit {
  const { client, runtime, realm = "" } = parts;
  const sinks = [parts.sinks ?? []].flat();
  if (sinks.length === 0) return { emit: () => {}, lost: () => 0 };
  const deliveries = sinks.map(createDelivery);
  const tally = createTally();
  let untold = 0;
  let lost = 0;

  function emit(fact: AuditFact, background?: Background, request?: Request): void {
    const now = readTime();
    if (now === null) {
      lose(fact);
      return;
    }
    if (untold > 0) {
      const count = untold;
      untold = 0;
      tell({ type: "background_failed", reason: "audit_sink", count }, now, background);
    }
    tell(client && request ? { ...fact, ...clientOf(client, request) } : fact, now, background);
  }

  /** `null`: the clock throws. It is somebody's own, and what happened is no less true. */
  function readTime(): number | null {
    try {
      return runtime.now();
    } catch {
      return null;
    }
  }

  function tell(fact: AuditFact, now: number, background: Background | undefined): void {
    for (const admitted of tally.admit(fact, now)) {
      try {
        const event = auditEvent(admitted, now, realm);
        for (const deliver of deliveries) send(deliver, event, background);
      } catch {
        lose(admitted); // `rng_failure`: without an id it is no event
      }
    }
  }

  function send(deliver: Deliver, event: AuditEvent, background: Background | undefined): void {
    const sent = deliver(event).then((isTaken) => {
      if (!isTaken) lose(event);
    });
    try {
      background?.waitUntil(sent);
    } catch {
      // a context whose request has ended: sent all the same, and counted when that fails
    }
  }

  function lose({ type, reason, count = 1 }: AuditFact): void {
    untold += count;
    // What this event counts was counted when it was lost.
    if (type === "background_failed" && reason === "audit_sink") return;
    if (lost === 0) warn();
    lost += count;
  }

  return { emit, lost: () => lost };
}

/** Somebody's own function: whatever it throws, the event is told without it. */
function clientOf(client: (request: Request) => AuditClient, request: Request): AuditClient {
  try {
    const { ipAddress, userAgent } = client(request);
    return { ...(ipAddress !== undefined && { ipAddress }), ...(userAgent !== undefined && { userAgent }) };
  } catch {
    return {};
  }
}

/** Once: the only log that is left. What was thrown stays out, as it may quote anything. */
function warn(): void {
  // biome-ignore lint/suspicious/noConsole: the sink that failed cannot tell this
  console.warn(
    "edgeseal: the audit sink does not take events. Is it there, and is the migration of its table applied?",
  );
}
