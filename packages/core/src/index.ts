export { consoleAudit } from "./lib/audit/console-audit.js";
export type { Auth, AuthDescription, Validator } from "./lib/auth/auth.js";
export { createAuth } from "./lib/auth/create-auth.js";
export { createValidator } from "./lib/auth/create-validator.js";
export type { AuthOptions, ValidatorOptions } from "./lib/auth/options.js";
export type { Policies } from "./lib/auth/policies.js";
export type { AuthErrorCode } from "./lib/base/errors.js";
export { AuthError, isAuthError } from "./lib/base/errors.js";
export type {
  AnonymousReason,
  LoginFailureReason,
  TokenReason,
  UnavailableReason,
  UnsealReason,
} from "./lib/base/failure.js";
export type {
  AuditClient,
  AuditEvent,
  AuditEventType,
  AuditRecord,
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
  RateLimiter,
  RateLimitOutcome,
  RevocationEntry,
  RevocationStore,
  Runtime,
} from "./lib/base/ports.js";
export type { Register } from "./lib/base/register.js";
export type { CookieOptions } from "./lib/cookie/cookie.js";
export type { LoginEvent, LoginFailure } from "./lib/flow/login-hooks.js";
export type { Receiver } from "./lib/flow/receiver.js";
export type { Permission } from "./lib/identity/permissions.js";
export type { Missing, Requirement } from "./lib/identity/requirement.js";
export type {
  Impersonator,
  LoginOptions,
  Organization,
  Provider,
  ProviderAnswer,
  ProviderRefusal,
  ProviderTokens,
  TokenTrust,
  UpstreamTokens,
  User,
} from "./lib/provider/provider.js";
export { generateSessionKeys } from "./lib/seal/generate-session-keys.js";
export type { KeyDescription, Keyring } from "./lib/seal/keyring.js";
export { parseSessionKeys } from "./lib/seal/parse-session-keys.js";
export type { DeviceSession, SessionList, SessionsEnded, WhichSessions } from "./lib/session/device-sessions.js";
export type { SessionTokens } from "./lib/session/from-tokens.js";
export { sessionFromTokens } from "./lib/session/from-tokens.js";
export type {
  Anonymous,
  Authenticated,
  Machine,
  PublicSession,
  RequestAuth,
  Unavailable,
} from "./lib/session/request-auth.js";
export type { Revocation } from "./lib/session/revocation.js";
export type { RevocationTarget } from "./lib/session/revocation-target.js";
export type { SealOptions, UnsealedSession } from "./lib/session/sealed-store.js";
export { sealSession, unsealSession } from "./lib/session/sealed-store.js";
export type { Session } from "./lib/session/session.js";
export type { OrganizationSwitch } from "./lib/session/sessions.js";
export type { AccessTokenClaims, CustomClaims, StandardClaims } from "./lib/token/claims.js";
export type { KeySource, KeySourceOptions } from "./lib/token/key-source.js";
export { createKeySource } from "./lib/token/key-source.js";
export type { TokenRecipient, VerifiedToken, VerifyTokenOptions } from "./lib/token/verify.js";
export { verifyToken } from "./lib/token/verify.js";
