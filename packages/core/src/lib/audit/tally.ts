import type { AuditEventType, AuditFact } from "../base/ports.js";

/**
 * Seconds between two events of one type (and key version) in this isolate. What strangers can cause by the thousand, or
 * what an outage causes once per request, is told at once and then counted; and so is every type that is not named below.
 */
const INTERVAL_SECONDS = 10;

/** 0: every one is told, as each is somebody's own. 60: said once a minute, it has been said. */
const OTHER_INTERVALS: Readonly<Partial<Record<AuditEventType, number>>> = {
  login_success: 0,
  logout: 0,
  token_refresh: 0,
  org_switch: 0,
  session_expired: 0,
  impersonation: 0,
  refresh_lost: 0,
  ledger_settle_failed: 0,
  sessions_revoked: 0,
  ticket_issued: 0,
  ticket_redeemed: 0,
  jwks_keys_changed: 0,
  circuit_opened: 0,
  not_enabled: 60,
  method_not_allowed: 60,
  not_found: 60,
  unknown_host: 60,
  no_credential: 60,
  refresh_needed: 60,
  key_revoked: 60,
};

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

function intervalOf(type: AuditEventType): number {
  return OTHER_INTERVALS[type] ?? INTERVAL_SECONDS;
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
    const interval = intervalOf(fact.type);
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
      entry.until = now + intervalOf(entry.untold.type);
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
