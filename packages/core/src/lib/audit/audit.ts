import { base64url, randomBytes } from "../base/bytes.js";
import type { AuditEvent, AuditFact, AuditSink, Background, Emit, Runtime } from "../base/ports.js";
import { createTally } from "./tally.js";

export interface AuditParts {
  /** Absent: events go nowhere. */
  readonly sink?: AuditSink;
  readonly runtime: Pick<Runtime, "now">;
  readonly realm?: string;
}

const MAX_ID_LENGTH = 128;
const MAX_REASON_LENGTH = 64;
const MAX_DETAIL_LENGTH = 200;

/**
 * Turns what happened into events and hands them to the sink. It never throws and nobody waits for it: a log that is
 * down is no reason to refuse a visitor. What a sink did not take is counted and told as `background_failed` with the
 * next event.
 */
export function createAudit(parts: AuditParts): Emit {
  const { sink, runtime, realm = "" } = parts;
  if (!sink) return () => {};
  const tally = createTally();
  let dropped = 0;

  function emit(fact: AuditFact, background?: Background): void {
    // A sink, a clock or a source of randomness that throws: whatever it is, the request goes on and we count.
    try {
      const now = runtime.now();
      const lost = dropped;
      dropped = 0;
      if (lost > 0) tell({ type: "background_failed", reason: "audit_sink", count: lost }, now, background);
      tell(fact, now, background);
    } catch {
      dropped += 1;
    }
  }

  function tell(fact: AuditFact, now: number, background: Background | undefined): void {
    for (const admitted of tally.admit(fact, now)) send(admitted, now, background);
  }

  function send(fact: AuditFact, now: number, background: Background | undefined): void {
    const lose = () => {
      dropped += fact.count ?? 1;
    };
    try {
      const sent = Promise.resolve(sink?.send(auditEvent(fact, now, realm))).catch(lose);
      background?.waitUntil(sent);
    } catch {
      lose(); // a sink that throws instead of rejecting, or a context whose request has ended
    }
  }

  return emit;
}

/** Named fields only, each of its type and length: what else an object carries cannot reach a log. */
function auditEvent(fact: AuditFact, now: number, realm: string): AuditEvent {
  const { type, userId, organizationId, sessionId, reason, detail, keyVersion, count } = fact;
  return {
    id: base64url(randomBytes(16)),
    type,
    at: now,
    ...(realm !== "" && { realm: shorten(realm, MAX_ID_LENGTH) }),
    ...textField("userId", userId, MAX_ID_LENGTH),
    ...textField("organizationId", organizationId, MAX_ID_LENGTH),
    ...textField("sessionId", sessionId, MAX_ID_LENGTH),
    ...textField("reason", reason, MAX_REASON_LENGTH),
    ...textField("detail", detail, MAX_DETAIL_LENGTH),
    ...(Number.isSafeInteger(keyVersion) && { keyVersion }),
    ...(Number.isSafeInteger(count) && { count }),
  };
}

function textField<Name extends string>(name: Name, value: unknown, length: number): Partial<Record<Name, string>> {
  if (typeof value !== "string" || value === "") return {};
  // `as`: a computed name widens to `{ [x: string]: string }`, although it is exactly `Name`.
  return { [name]: shorten(value, length) } as Record<Name, string>;
}

/** One line of printable text: a log line that a stranger can break in two can be forged. */
function shorten(text: string, length: number): string {
  return text
    .slice(0, length)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
}
