import type { LedgerRequest, LedgerResult } from "@edgeseal/core";
import { callInput, MAX_NUMBER } from "./call-input.js";

const input = /* @__PURE__ */ callInput("ledger");

/** The longest sealed session there is: one that lies in a store. */
const MAX_SUCCESSOR = 65_536;
const MAX_LEASE = 64;

/** Only the fields that are known are kept. */
export function readLedgerRequest(given: unknown): LedgerRequest {
  const { presented, held, tokenExpiresAt, wait, endsAt, isSwitch, place, looks } = input.fields("argument", given);
  return {
    presented: input.whole("presented", presented),
    held: input.whole("held", held),
    tokenExpiresAt: input.whole("tokenExpiresAt", tokenExpiresAt),
    wait: flag("wait", wait),
    endsAt: input.whole("endsAt", endsAt),
    ...(isSwitch !== undefined && { isSwitch: flag("isSwitch", isSwitch) }),
    ...(place !== undefined && { place: placeName(place) }),
    ...(looks !== undefined && { looks: flag("looks", looks) }),
  };
}

export function readLedgerResult(given: unknown): LedgerResult {
  const { kind, lease, held, successor, retryAfterSeconds, endsAt } = input.fields("argument", given);
  switch (kind) {
    case "next":
      return {
        kind,
        lease: input.text("lease", lease, MAX_LEASE),
        held: input.whole("held", held),
        successor: input.text("successor", successor, MAX_SUCCESSOR),
      };
    case "over":
      return { kind, lease: input.text("lease", lease, MAX_LEASE), held: input.whole("held", held) };
    case "failed":
      return {
        kind,
        lease: input.text("lease", lease, MAX_LEASE),
        retryAfterSeconds: seconds("retryAfterSeconds", retryAfterSeconds),
      };
    case "ended":
      return { kind, endsAt: input.whole("endsAt", endsAt) };
    default:
      throw input.refusal("kind");
  }
}

export function readSpendExpiry(given: unknown): number {
  return input.whole("expiresAt", given);
}

function seconds(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= MAX_NUMBER) return value;
  throw input.refusal(name);
}

function flag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw input.refusal(name);
}

/** It lies in one text with others: nothing that separates them. */
function placeName(value: unknown): string {
  if (typeof value === "string" && /^[\w-]{1,43}$/.test(value)) return value;
  throw input.refusal("place");
}
