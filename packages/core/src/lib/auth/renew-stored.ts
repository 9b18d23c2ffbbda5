import type { Background } from "../base/ports.js";
import type { StoredRecord, StoredRenewal } from "../session/stored-renewal.js";

export type { RenewedRecord, StoredRenewal } from "../session/stored-renewal.js";

/** Where a store that renews sessions by itself finds the auth's own way to do it. */
export const renewStored: unique symbol = Symbol.for("edgeseal.renew-stored");

/** Renews a stored session through the ledger, as a request would, though nobody is asking. Never throws for an outage. */
export type RenewStored = (record: StoredRecord, background?: Background) => Promise<StoredRenewal>;
