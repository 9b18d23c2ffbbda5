export type { Admission, Guard, GuardOptions } from "./lib/auth/guard.js";
export { createGuard } from "./lib/auth/guard.js";
export { refuseConfig } from "./lib/base/errors.js";
export type { LedgerDecision, LedgerRow, LedgerStep } from "./lib/session/ledger.js";
export { claim as claimLedger, settle as settleLedger, spend as spendLedger } from "./lib/session/ledger.js";
