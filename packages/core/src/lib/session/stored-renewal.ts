import type { SessionRecord } from "../base/session-home.js";

export type StoredRecord = Pick<SessionRecord, "name" | "sealed">;

export type StoredRenewal =
  /** What changes in the record. Its `expiresAt` does not: nobody was there. */
  | { readonly kind: "renewed"; readonly record: RenewedRecord }
  /** Not now: the provider or the ledger is down, or somebody else is at it. Epoch seconds. */
  | { readonly kind: "later"; readonly at: number }
  /** The session is over for certain. */
  | { readonly kind: "over" };

export type RenewedRecord = Pick<SessionRecord, "sealed" | "generation" | "renewAt" | "organizationId">;
