import type { LedgerRequest, LedgerResult } from "@edgeseal/core";

/** Times and generations are stored as u32 in a seal: nothing honest is larger. */
const MAX_NUMBER = 0xffff_ffff;
/** The longest sealed session there is: one that lies in a store. */
const MAX_SUCCESSOR = 65_536;
const MAX_LEASE = 64;

/**
 * Whoever holds the binding can call the object, from any version of any Worker: what arrives is checked once, and only
 * the fields that are known are kept.
 */
export function readLedgerRequest(input: unknown): LedgerRequest {
  const { presented, held, tokenExpiresAt, wait, endsAt, isSwitch, place, looks } = fields(input);
  return {
    presented: whole("presented", presented),
    held: whole("held", held),
    tokenExpiresAt: whole("tokenExpiresAt", tokenExpiresAt),
    wait: flag("wait", wait),
    endsAt: whole("endsAt", endsAt),
    ...(isSwitch !== undefined && { isSwitch: flag("isSwitch", isSwitch) }),
    ...(place !== undefined && { place: placeName(place) }),
    ...(looks !== undefined && { looks: flag("looks", looks) }),
  };
}

export function readLedgerResult(input: unknown): LedgerResult {
  const { kind, lease, held, successor, retryAfterSeconds, endsAt } = fields(input);
  switch (kind) {
    case "next":
      return {
        kind,
        lease: text("lease", lease, MAX_LEASE),
        held: whole("held", held),
        successor: text("successor", successor, MAX_SUCCESSOR),
      };
    case "over":
      return { kind, lease: text("lease", lease, MAX_LEASE), held: whole("held", held) };
    case "failed":
      return {
        kind,
        lease: text("lease", lease, MAX_LEASE),
        retryAfterSeconds: seconds("retryAfterSeconds", retryAfterSeconds),
      };
    case "ended":
      return { kind, endsAt: whole("endsAt", endsAt) };
    default:
      throw refusal("kind");
  }
}

export function readSpendExpiry(input: unknown): number {
  return whole("expiresAt", input);
}

function fields(input: unknown): Record<string, unknown> {
  if (typeof input === "object" && input !== null) return { ...input };
  throw refusal("argument");
}

function whole(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_NUMBER) return value;
  throw refusal(name);
}

function seconds(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= MAX_NUMBER) return value;
  throw refusal(name);
}

function flag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw refusal(name);
}

function text(name: string, value: unknown, limit: number): string {
  if (typeof value === "string" && value.length > 0 && value.length <= limit) return value;
  throw refusal(name);
}

/** It lies in one text with others: nothing that separates them. */
function placeName(value: unknown): string {
  if (typeof value === "string" && /^[\w-]{1,43}$/.test(value)) return value;
  throw refusal("place");
}

/** Names the field, never the value: a successor is a sealed session. */
function refusal(name: string): TypeError {
  return new TypeError(`edgeseal ledger: \`${name}\` is missing or out of range.`);
}
