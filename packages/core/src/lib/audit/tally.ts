import type { AuditEventType, AuditFact } from "../base/ports.js";

/**
 * Seconds between two events of one type (and key version) in this isolate; 0: every one is told. What strangers can
 * cause by the thousand, or what an outage causes once per request, is told at once and then counted.
 */
const INTERVAL_SECONDS = {
  login_success: 0,
  login_failure: 10,
  logout: 0,
  token_refresh: 0,
  org_switch: 0,
  session_expired: 0,
  session_too_large: 10,
  impersonation: 0,
  refresh_reuse: 10,
  refresh_lost: 0,
  ledger_settle_failed: 0,
  csrf: 10,
  ambiguous_path: 10,
  not_enabled: 60,
  method_not_allowed: 60,
  invalid_request: 10,
  invalid_organization: 10,
  org_denied: 10,
  org_changed: 10,
  sso_required: 10,
  mfa_required: 10,
  forbidden: 10,
  return_to_rejected: 10,
  origin_rejected: 10,
  rate_limited: 10,
  limiter_unreachable: 10,
  not_found: 60,
  bad_gateway: 10,
  gateway_timeout: 10,
  no_client_address: 10,
  jwks_keys_changed: 0,
  jwks_copy_rejected: 10,
  jwks_key_rejected: 10,
  jwks_set_rejected: 10,
  seal_opened_with_retired_key: 10,
  legacy_session_opened: 10,
  clock_skew: 10,
  circuit_opened: 0,
  background_failed: 10,
  identity_rejected: 10,
  no_credential: 60,
  refresh_needed: 60,
  ambiguous_cookie: 10,
  bad_chunks: 10,
  malformed: 10,
  unknown_key: 10,
  key_retired: 10,
  key_revoked: 60,
  tampered: 10,
  expired: 10,
  token_malformed: 10,
  alg_not_allowed: 10,
  key_not_found: 10,
  signature_invalid: 10,
  token_expired: 10,
  token_not_yet_valid: 10,
  issuer_mismatch: 10,
  recipient_mismatch: 10,
  revoked: 10,
  keys_unreachable: 10,
  provider_unreachable: 10,
  ledger_unreachable: 10,
  crypto_failure: 10,
  store_unreachable: 10,
} as const satisfies Record<AuditEventType, number>;

/** Above so many kinds, people and sessions are no longer told apart: they are counted by type, and none is lost. */
const MAX_ENTRIES = 1_000;
/** Counts told along with one event: each is a write, and an invocation of a Worker has only so many. */
const MAX_DUE = 10;

interface Entry {
  /** The newest one not told yet. */
  untold: AuditFact | null;
  count: number;
  /** Nothing of this kind is told before this time. */
  until: number;
}

/** Decides which events are told now; the others are counted into the next one of their kind. */
export interface Tally {
  /** What to tell now: usually this fact, a count that has become due, or nothing. */
  admit(fact: AuditFact, now: number): readonly AuditFact[];
}

export function createTally(): Tally {
  const entries = new Map<string, Entry>();

  function admit(fact: AuditFact, now: number): readonly AuditFact[] {
    const told = takeDue(now);
    const interval = INTERVAL_SECONDS[fact.type];
    if (interval === 0) return [...told, fact];
    const kind = kindOf(fact);
    const key = entries.size < MAX_ENTRIES || entries.has(kind) ? kind : fact.type;
    const entry = entries.get(key);
    const happened = fact.count ?? 1;
    if (entry) {
      entry.untold = fact;
      entry.count += happened;
      return told;
    }
    entries.set(key, { untold: null, count: 0, until: now + interval });
    return [...told, fact];
  }

  /** Counts whose interval has passed, of every kind: the tail of a flood is told by the next event of any kind. */
  function takeDue(now: number): AuditFact[] {
    const due: AuditFact[] = [];
    for (const [key, entry] of entries) {
      if (now < entry.until) continue;
      if (due.length === MAX_DUE) break;
      if (entry.untold === null) {
        entries.delete(key);
        continue;
      }
      due.push(entry.count > 1 ? { ...entry.untold, count: entry.count } : entry.untold);
      entry.until = now + INTERVAL_SECONDS[entry.untold.type];
      entry.untold = null;
      entry.count = 0;
    }
    return due;
  }

  return { admit };
}

/** What only a signed-in person can cause: nobody hides somebody else's behind a flood of their own. */
const OF_PEOPLE: ReadonlySet<AuditEventType> = new Set([
  "forbidden",
  "org_changed",
  "org_denied",
  "sso_required",
  "mfa_required",
]);

/**
 * The reason tells failed sign-ins and background work apart, the session reused refreshes, the person what they may not
 * do; elsewhere these could be anything and would defeat the counting.
 */
function kindOf({ type, reason, sessionId, userId, keyVersion }: AuditFact): string {
  if (type === "login_failure" || type === "background_failed") return `${type}/${reason}`;
  if (type === "refresh_reuse") return `${type}/${sessionId}`;
  if (OF_PEOPLE.has(type)) return `${type}/${userId}`;
  return `${type}/${keyVersion ?? ""}`;
}
