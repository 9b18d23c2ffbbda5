export type { Auth, AuthDescription, Validator } from "./lib/auth/auth.js";
export type { Admission, Guard, GuardOptions } from "./lib/auth/guard.js";
export { createGuard } from "./lib/auth/guard.js";
export type { AuthOptions } from "./lib/auth/options.js";
export type { AuthErrorCode } from "./lib/base/errors.js";
export { AuthError, isAuthError, refuseConfig } from "./lib/base/errors.js";
export type {
  AuditEvent,
  AuditEventType,
  AuditSink,
  Background,
  ClockOption,
  KeyValueStore,
  Ledger,
  LedgerClaim,
  LedgerEntry,
  LedgerRequest,
  LedgerResult,
  LedgerSettled,
  Runtime,
} from "./lib/base/ports.js";
export type { Provider, ProviderAnswer, TokenTrust, User } from "./lib/provider/provider.js";
export type { Keyring } from "./lib/seal/keyring.js";
export { parseSessionKeys } from "./lib/seal/parse-session-keys.js";
export type { LedgerDecision, LedgerRow, LedgerStep } from "./lib/session/ledger.js";
export { claim as claimLedger, settle as settleLedger, spend as spendLedger } from "./lib/session/ledger.js";
export type {
  Anonymous,
  Authenticated,
  Missing,
  PublicSession,
  RequestAuth,
  Unavailable,
} from "./lib/session/request-auth.js";
