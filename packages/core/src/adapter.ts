export type { Guard, GuardOptions } from "./lib/auth/guard.js";
export { createGuard } from "./lib/auth/guard.js";
export type { Admission, Meet, MeetOptions } from "./lib/auth/meet.js";
export { meet } from "./lib/auth/meet.js";
export { refuseConfig } from "./lib/base/errors.js";
export { readClock } from "./lib/base/runtime.js";
export type { LedgerDecision, LedgerRow, LedgerStep } from "./lib/session/ledger.js";
export { claim as claimLedger, settle as settleLedger, spend as spendLedger } from "./lib/session/ledger.js";
