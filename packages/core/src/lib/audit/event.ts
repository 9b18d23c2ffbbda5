import { base64url, randomBytes } from "../base/bytes.js";
import { isRecord } from "../base/json.js";
import type { AuditEvent, AuditFact, AuditRecord } from "../base/ports.js";

/** Of what a client says of itself, in characters. */
export const MAX_USER_AGENT_LENGTH = 256;
export const MAX_ADDRESS_LENGTH = 64;

/** How long a text may be, in characters. */
const TEXTS = {
  realm: 128,
  userId: 128,
  organizationId: 128,
  sessionId: 128,
  ipAddress: MAX_ADDRESS_LENGTH,
  userAgent: MAX_USER_AGENT_LENGTH,
  reason: 64,
  detail: 200,
} as const satisfies Partial<Record<keyof AuditEvent, number>>;
const NUMBERS = ["keyVersion", "count"] as const satisfies readonly (keyof AuditEvent)[];

const TYPE = /^[a-z][a-z0-9_]{0,63}$/;
const ID = /^[\w-]{1,64}$/;
/** The last second of the year 9999: the longest date that sorts as text. */
const MAX_AT = 253_402_300_799;

/** What happened, with an id of its own. */
export function auditEvent(fact: AuditFact, at: number, realm: string): AuditEvent {
  return { id: base64url(randomBytes(16)), type: fact.type, at, ...namedFields({ ...fact, realm }) };
}

/** An event as it comes out of a queue; `null` for anything else. It gets through as a new one would: by its known fields. */
export function readAuditEvent(value: unknown): AuditRecord | null {
  if (!isRecord(value)) return null;
  const { id, type, at } = value;
  if (typeof id !== "string" || !ID.test(id)) return null;
  if (typeof type !== "string" || !TYPE.test(type)) return null;
  if (typeof at !== "number" || !Number.isSafeInteger(at) || at < 0 || at > MAX_AT) return null;
  return { id, type, at, ...namedFields(value) };
}

type NamedFields = Omit<AuditEvent, "id" | "type" | "at">;

/** Named fields only, each of its type and length: what else an object carries cannot reach a log. */
function namedFields(holder: Readonly<Record<string, unknown>>): NamedFields {
  const fields: Record<string, string | number> = {};
  for (const [name, length] of Object.entries(TEXTS)) {
    const value = holder[name];
    if (typeof value === "string" && value !== "") fields[name] = oneLine(value, length);
  }
  for (const name of NUMBERS) {
    const value = holder[name];
    if (typeof value === "number" && Number.isSafeInteger(value)) fields[name] = value;
  }
  // As: the two tables name fields of an event, and each was filled with what they say of it.
  return fields as NamedFields;
}

/** One line of printable text: a log line that a stranger can break in two can be forged. */
export function oneLine(text: string, length: number): string {
  return text
    .slice(0, length)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
}
