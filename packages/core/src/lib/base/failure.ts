/** Why a sealed text did not open. For logs; the wire never tells them apart. */
export type UnsealReason = "malformed" | "unknown_key" | "key_retired" | "key_revoked" | "tampered" | "expired";

/** Why a token was not accepted. */
export type TokenReason =
  | "token_malformed"
  | "alg_not_allowed"
  | "key_not_found"
  | "signature_invalid"
  | "token_expired"
  | "token_not_yet_valid"
  | "issuer_mismatch"
  | "recipient_mismatch";

/** Why a visitor is anonymous. For logs and metrics; the wire says only `unauthenticated`. */
export type AnonymousReason =
  | "no_credential"
  /** A cookie and a header token, on a route that takes either. */
  | "ambiguous_credential"
  | "unknown_api_key"
  /** A token of a kind of caller, people or programs, that this configuration does not let in. */
  | "caller_not_enabled"
  | "ambiguous_cookie"
  | "bad_chunks"
  | UnsealReason
  | TokenReason
  | "session_over"
  | "stale"
  | "refresh_lost"
  | "revoked"
  /** A validator without provider met a token that ended: the cookie is kept, whoever owns the provider can renew it. */
  | "refresh_needed";

/** What of ours or around us failed. */
export type UnavailableReason =
  | "keys_unreachable"
  | "provider_unreachable"
  | "ledger_unreachable"
  | "crypto_failure"
  | "store_unreachable";

/** Why a sign-in did not finish. */
export type LoginFailureReason =
  | "callback_malformed"
  | "state_mismatch"
  | "flow_cookie_missing"
  | "flow_expired"
  | "iss_mismatch"
  | "id_token_invalid"
  | "access_denied"
  | "provider_refused"
  | "provider_unreachable"
  | "bad_token_response"
  | "organization_selection_required"
  | "login_refused"
  | "sign_in_not_recent"
  | "session_too_large"
  | "cookies_blocked"
  /** A session was asked for by a host that is registered nowhere. */
  | "audience_unknown"
  | "ticket_rejected"
  | "ticket_used";

/** Why one of our routes said no to somebody who may otherwise be welcome. */
export type RouteRefusal =
  | "csrf"
  | "origin_rejected"
  | "ambiguous_path"
  | "not_enabled"
  | "method_not_allowed"
  | "invalid_request"
  | "logout_token_rejected"
  | "webhook_rejected"
  | "preview_rejected"
  | "handoff_rejected"
  | "invalid_organization"
  | "org_denied"
  | "org_changed"
  | "sso_required"
  | "mfa_required"
  | "forbidden"
  | "rate_limited"
  | "limiter_unreachable"
  | "not_found"
  | "unknown_host"
  | "bad_gateway"
  | "gateway_timeout";

/** Why a service does not believe who a request says it comes from. */
export type IdentityRefusal =
  | "missing"
  | "malformed"
  | "signature_invalid"
  | "audience_mismatch"
  | "issuer_mismatch"
  | "expired"
  | "replayed";

export type Failure = AnonymousReason | UnavailableReason | LoginFailureReason | RouteRefusal | IdentityRefusal;

/** What the wire says: a status and a code. */
export interface WireFailure {
  readonly status: number;
  readonly error: string;
}

interface Unauthenticated {
  readonly status: 401;
  readonly error: "unauthenticated";
}

interface Unavailable {
  readonly status: 503;
  readonly error: "unavailable";
}

/** For every reason to be anonymous: the same, so who probes learns nothing. A validator needs no more of the table. */
export const UNAUTHENTICATED: Unauthenticated = { status: 401, error: "unauthenticated" };
/** For every reason to be unavailable. */
export const UNAVAILABLE: Unavailable = { status: 503, error: "unavailable" };

/** The one place where a reason becomes an answer; the compiler proves that none is forgotten. */
const WIRE = {
  no_credential: UNAUTHENTICATED,
  ambiguous_credential: UNAUTHENTICATED,
  unknown_api_key: UNAUTHENTICATED,
  caller_not_enabled: UNAUTHENTICATED,
  ambiguous_cookie: UNAUTHENTICATED,
  bad_chunks: UNAUTHENTICATED,
  malformed: UNAUTHENTICATED,
  unknown_key: UNAUTHENTICATED,
  key_retired: UNAUTHENTICATED,
  key_revoked: UNAUTHENTICATED,
  tampered: UNAUTHENTICATED,
  expired: UNAUTHENTICATED,
  token_malformed: UNAUTHENTICATED,
  alg_not_allowed: UNAUTHENTICATED,
  key_not_found: UNAUTHENTICATED,
  signature_invalid: UNAUTHENTICATED,
  token_expired: UNAUTHENTICATED,
  token_not_yet_valid: UNAUTHENTICATED,
  issuer_mismatch: UNAUTHENTICATED,
  recipient_mismatch: UNAUTHENTICATED,
  session_over: UNAUTHENTICATED,
  stale: UNAUTHENTICATED,
  refresh_lost: UNAUTHENTICATED,
  revoked: UNAUTHENTICATED,
  refresh_needed: UNAUTHENTICATED,
  keys_unreachable: UNAVAILABLE,
  provider_unreachable: UNAVAILABLE,
  ledger_unreachable: UNAVAILABLE,
  crypto_failure: UNAVAILABLE,
  store_unreachable: UNAVAILABLE,
  callback_malformed: { status: 400, error: "callback_malformed" },
  state_mismatch: { status: 400, error: "state_mismatch" },
  flow_cookie_missing: { status: 400, error: "flow_cookie_missing" },
  flow_expired: { status: 400, error: "flow_expired" },
  iss_mismatch: { status: 400, error: "iss_mismatch" },
  id_token_invalid: { status: 400, error: "id_token_invalid" },
  access_denied: { status: 400, error: "access_denied" },
  provider_refused: { status: 400, error: "provider_refused" },
  bad_token_response: { status: 502, error: "bad_token_response" },
  organization_selection_required: { status: 403, error: "organization_selection_required" },
  login_refused: { status: 403, error: "login_refused" },
  sign_in_not_recent: { status: 403, error: "sign_in_not_recent" },
  session_too_large: { status: 500, error: "session_too_large" },
  cookies_blocked: { status: 400, error: "cookies_blocked" },
  audience_unknown: { status: 400, error: "audience_unknown" },
  ticket_rejected: { status: 400, error: "ticket_rejected" },
  ticket_used: { status: 400, error: "ticket_used" },
  csrf: { status: 403, error: "csrf" },
  origin_rejected: { status: 403, error: "origin_rejected" },
  ambiguous_path: { status: 400, error: "ambiguous_path" },
  not_enabled: { status: 404, error: "not_enabled" },
  method_not_allowed: { status: 405, error: "method_not_allowed" },
  invalid_request: { status: 400, error: "invalid_request" },
  logout_token_rejected: { status: 400, error: "invalid_request" },
  webhook_rejected: { status: 400, error: "invalid_request" },
  preview_rejected: { status: 400, error: "preview_rejected" },
  handoff_rejected: { status: 400, error: "handoff_rejected" },
  invalid_organization: { status: 400, error: "invalid_organization" },
  org_denied: { status: 403, error: "org_denied" },
  org_changed: { status: 409, error: "org_changed" },
  sso_required: { status: 403, error: "sso_required" },
  mfa_required: { status: 403, error: "mfa_required" },
  forbidden: { status: 403, error: "forbidden" },
  rate_limited: { status: 429, error: "rate_limited" },
  limiter_unreachable: UNAVAILABLE,
  not_found: { status: 404, error: "not_found" },
  unknown_host: { status: 421, error: "unknown_host" },
  bad_gateway: { status: 502, error: "bad_gateway" },
  gateway_timeout: { status: 504, error: "gateway_timeout" },
  missing: UNAUTHENTICATED,
  audience_mismatch: { status: 403, error: "forbidden" },
  replayed: UNAUTHENTICATED,
} as const satisfies Record<AnonymousReason, Unauthenticated> &
  Record<UnavailableReason, Unavailable> &
  Record<Failure, WireFailure>;

export function wireFailure(reason: Failure): WireFailure {
  return WIRE[reason];
}
