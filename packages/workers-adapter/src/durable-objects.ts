export { LedgerObject } from "./lib/ledger-object.js";
export { RateLimitObject } from "./lib/rate-limit-object.js";
export type { RateLimitAnswer, RateLimitCall } from "./lib/rate-limit-window.js";
export { RevocationObject } from "./lib/revocation-object.js";
export type { SessionObjectClass } from "./lib/session-object.js";
export { SessionObject, sessionObject } from "./lib/session-object.js";
