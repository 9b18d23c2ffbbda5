import type { CopiedRecord, EndedWhich, SessionRecord } from "@edgeseal/core/adapter";

/** Times and generations are stored as u32 in a seal: nothing honest is larger. */
const MAX_NUMBER = 0xffff_ffff;
/** The longest record there is: what does not fit the cookies lies here. */
const MAX_SEALED = 65_536;
/** Hashes have 43 characters. */
const MAX_NAME = 128;
const MAX_ORGANIZATION = 1_024;
const MAX_USER_AGENT = 256;
const MAX_ADDRESS = 64;

/**
 * Whoever holds the binding can call the object, from any version of any Worker: what arrives is checked once, and only
 * the fields that are known are kept.
 */
export function readRecord(input: unknown): SessionRecord {
  const { key, name, sealed, generation, createdAt, expiresAt, endsAt, renewAt, ...facts } = fields("record", input);
  const { organizationId, userAgent, ipAddress } = facts;
  return {
    key: text("key", key, MAX_NAME),
    name: text("name", name, MAX_NAME),
    sealed: text("sealed", sealed, MAX_SEALED),
    generation: whole("generation", generation),
    createdAt: whole("createdAt", createdAt),
    expiresAt: whole("expiresAt", expiresAt),
    endsAt: whole("endsAt", endsAt),
    ...(renewAt !== undefined && { renewAt: whole("renewAt", renewAt) }),
    ...(organizationId !== undefined && { organizationId: text("organizationId", organizationId, MAX_ORGANIZATION) }),
    ...(userAgent !== undefined && { userAgent: text("userAgent", userAgent, MAX_USER_AGENT) }),
    ...(ipAddress !== undefined && { ipAddress: text("ipAddress", ipAddress, MAX_ADDRESS) }),
  };
}

export function readKey(input: unknown): string {
  return text("key", input, MAX_NAME);
}

/** Versions are milliseconds, and larger than times in seconds. */
export function readKnown(input: unknown): number | undefined {
  if (input === undefined || (typeof input === "number" && Number.isSafeInteger(input))) return input;
  throw refusal("known");
}

export function readCopied(input: unknown): CopiedRecord | undefined {
  if (input === undefined) return undefined;
  const { name, createdAt } = fields("copy", input);
  return { name: text("name", name, MAX_NAME), createdAt: whole("createdAt", createdAt) };
}

export function readWhich(input: unknown): EndedWhich {
  const { kind, key, name, except, since } = fields("which", input);
  switch (kind) {
    case "key":
      return { kind, key: text("key", key, MAX_NAME) };
    case "name":
      return { kind, name: text("name", name, MAX_NAME) };
    case "all":
      return {
        kind,
        ...(except !== undefined && { except: text("except", except, MAX_NAME) }),
        ...(since !== undefined && { since: whole("since", since) }),
      };
    default:
      throw refusal("kind");
  }
}

function fields(name: string, input: unknown): Record<string, unknown> {
  if (typeof input === "object" && input !== null) return { ...input };
  throw refusal(name);
}

function whole(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_NUMBER) return value;
  throw refusal(name);
}

function text(name: string, value: unknown, limit: number): string {
  if (typeof value === "string" && value.length > 0 && value.length <= limit) return value;
  throw refusal(name);
}

/** Names the field, never the value: a record is a sealed session. */
function refusal(name: string): TypeError {
  return new TypeError(`edgeseal sessions: \`${name}\` is missing or out of range.`);
}
