export type { AuthErrorCode } from "./lib/base/errors.js";
export { AuthError, isAuthError } from "./lib/base/errors.js";
export type { Ledger, LedgerClaim, LedgerEntry, LedgerRequest, LedgerResult, LedgerSettled } from "./lib/base/ports.js";
export type { LedgerDecision, LedgerRow, LedgerStep } from "./lib/session/ledger.js";
export { claim as claimLedger, settle as settleLedger, spend as spendLedger } from "./lib/session/ledger.js";
