export { readAuditEvent } from "./lib/audit/event.js";
export { otherAuthProblems } from "./lib/auth/check-options.js";
export type { Guard, GuardOptions } from "./lib/auth/guard.js";
export { createGuard } from "./lib/auth/guard.js";
export type { Admission, Meet, MeetOptions } from "./lib/auth/meet.js";
export { meet } from "./lib/auth/meet.js";
export type { RenewedRecord, RenewStored, StoredRenewal } from "./lib/auth/renew-stored.js";
export { renewStored } from "./lib/auth/renew-stored.js";
export type { RouteGuards } from "./lib/auth/route-guards.js";
export { refuseConfig } from "./lib/base/errors.js";
export { readClock } from "./lib/base/runtime.js";
export type {
  CopiedRecord,
  EndedRecord,
  EndedWhich,
  ListedRecord,
  LoadedRecord,
  RecordFacts,
  SavedRecord,
  SessionRecord,
  SessionShelf,
} from "./lib/base/session-home.js";
export { writeIdentity } from "./lib/identity/identity-headers.js";
export { missingFor, requirementProblems } from "./lib/identity/requirement.js";
export type { LedgerDecision, LedgerRow, LedgerStep } from "./lib/session/ledger.js";
export { claim as claimLedger, settle as settleLedger, spend as spendLedger } from "./lib/session/ledger.js";
