import type { Background, SessionRecord } from "../base/ports.js";

/** Where a store that renews sessions by itself finds the auth's own way to do it. */
export const renewStored: unique symbol = Symbol.for("edgeseal.renew-stored");

/** Renews a stored session through the ledger, as a request would, though nobody is asking. Never throws for an outage. */
export type RenewStored = (
  record: Pick<SessionRecord, "name" | "sealed">,
  background?: Background,
) => Promise<StoredRenewal>;

export type StoredRenewal =
  /** What changes in the record. Its `expiresAt` does not: nobody was there. */
  | { readonly kind: "renewed"; readonly record: RenewedRecord }
  /** Not now: the provider or the ledger is down, or somebody else is at it. Epoch seconds. */
  | { readonly kind: "later"; readonly at: number }
  /** The session is over for certain. */
  | { readonly kind: "over" };

export type RenewedRecord = Pick<SessionRecord, "sealed" | "generation" | "renewAt" | "organizationId">;
