import type { AnonymousReason, RouteRefusal, UnavailableReason } from "./failure.js";

/** `now` gives epoch **seconds**. A value above 1e11 (`Date.now`) is refused with `clock_in_milliseconds`. */
export interface ClockOption {
  readonly now?: () => number;
}

/** What we take from the platform. */
export interface Runtime {
  /** Called as a plain function; default: `globalThis.fetch`, looked up at each call so that spies work. */
  readonly fetch: (input: string, init?: RequestInit) => Promise<Response>;
  /** Epoch seconds. */
  readonly now: () => number;
}

/** `KVNamespace` fits. */
export interface KeyValueStore {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options?: { expirationTtl?: number }): Promise<void>;
  delete(key: string): Promise<void>;
}

/** A `ratelimits` binding fits, and so does `exactLimiter` of the Workers adapter. */
export interface RateLimiter {
  /** Counts one call of this key, and says whether it may go on. */
  limit(options: { key: string }): Promise<RateLimitOutcome>;
}

export interface RateLimitOutcome {
  readonly success: boolean;
  /** When a refused call may come again. What a limiter does not know, as the rest here, it leaves out. */
  readonly retryAfterSeconds?: number;
  /** Calls allowed in a period. */
  readonly limit?: number;
  readonly periodSeconds?: number;
}

/** `ExecutionContext` fits. */
export interface Background {
  waitUntil(promise: Promise<unknown>): void;
}

/** `Queue` fits. */
export interface AuditSink {
  send(event: AuditEvent): Promise<unknown>;
}

/** One entry per session, and per name to be used once; STORAGE.md describes it. The namespace of `LedgerObject` fits. */
export interface Ledger {
  getByName(name: string): LedgerEntry;
}

export interface LedgerEntry {
  claim(request: LedgerRequest): Promise<LedgerClaim>;
  settle(result: LedgerResult): Promise<LedgerSettled>;
  /** `true` exactly once, and never from `expiresAt` (epoch seconds) on: a sign-in that came back. */
  spend(expiresAt: number): Promise<boolean>;
}

/** Generations count refreshes and switches; all times in epoch seconds. */
export interface LedgerRequest {
  /** Generation in the request's cookie. */
  readonly presented: number;
  /** Generation the caller has now: higher than `presented` after an adoption. */
  readonly held: number;
  /** `exp` of the presented token. */
  readonly tokenExpiresAt: number;
  /** `false`: answer `busy` at once instead of waiting for the leader. */
  readonly wait: boolean;
  /** When the session ends whatever happens: the record is forgotten then. */
  readonly endsAt: number;
  /** A switch is not held back by the pause after a refresh. */
  readonly isSwitch?: boolean;
  /**
   * Where the cookie lies, when hosts of different sites have a cookie each of one session: which of them was shown last says
   * nothing of the others. Absent: the only one, or the hub's.
   */
  readonly place?: string;
  /** Only asks: nobody leads, and no cookie was shown. What is neither over nor to be adopted is `busy`. */
  readonly looks?: boolean;
}

export type LedgerClaim =
  | {
      readonly role: "leader";
      readonly lease: string;
      /** The one who led before never came back: their tokens may be lost (`refresh_lost`). */
      readonly afterLapse?: true;
    }
  | { readonly role: "adopt"; readonly successor: string }
  | {
      readonly role: "busy";
      readonly until: number;
      /** Nobody is at it: the last try failed, and the next is not before `until`. */
      readonly failing?: true;
    }
  | { readonly role: "stale" }
  | {
      readonly role: "over";
      /** By a log-out or a new sign-in of this browser, and not by the provider's word. */
      readonly ended?: true;
    };

export type LedgerResult =
  | { readonly kind: "next"; readonly lease: string; readonly held: number; readonly successor: string }
  | { readonly kind: "over"; readonly lease: string; readonly held: number }
  | { readonly kind: "failed"; readonly lease: string; readonly retryAfterSeconds: number }
  | { readonly kind: "ended"; readonly endsAt: number };

export type LedgerSettled =
  | {
      readonly accepted: true;
      /** It had ended before: whatever follows an ending has been done. */
      readonly again?: true;
    }
  | { readonly accepted: false; readonly role: "over"; readonly ended?: true }
  | { readonly accepted: false; readonly role: "adopt"; readonly successor: string }
  /** The lease lapsed and nothing newer can be handed out: claim again. */
  | { readonly accepted: false; readonly role: "superseded" };

/**
 * What was ended before its time: an entry per person, organisation and session of the provider. STORAGE.md describes it. The
 * namespace of `RevocationObject` fits, and `kvRevocation(env.AUTH_KV)`.
 */
export interface RevocationStore {
  getByName(name: string): RevocationEntry;
}

export interface RevocationEntry {
  /** Of these marks those that were ended, each with the moment up to which, in epoch seconds. Rejects when nobody can say. */
  ended(marks: readonly string[]): Promise<Readonly<Record<string, number>>>;
  /** Ends a mark up to `since`, which never moves back; kept until `forgetAt`. Resolves once that is recorded. */
  end(mark: string, since: number, forgetAt: number): Promise<void>;
}

/**
 * Whoever is refused for `x` raises the event `x`. What a renewal found out has a name of its own: `session_expired`,
 * `refresh_reuse`, `refresh_lost`.
 */
export type CredentialRefusal = Exclude<AnonymousReason, "session_over" | "stale" | "refresh_lost">;

export type AuditEventType =
  | "login_success"
  | "login_failure"
  | "logout"
  | "token_refresh"
  | "org_switch"
  | "session_expired"
  | "impersonation"
  | "refresh_reuse"
  | "refresh_lost"
  | "ledger_settle_failed"
  | "sessions_revoked"
  | "ticket_issued"
  | "ticket_redeemed"
  | "return_to_rejected"
  | "origin_rejected"
  | "no_client_address"
  | "jwks_keys_changed"
  | "jwks_copy_rejected"
  | "jwks_key_rejected"
  | "jwks_set_rejected"
  | "seal_opened_with_retired_key"
  | "legacy_session_opened"
  | "clock_skew"
  | "session_too_large"
  | "circuit_opened"
  | "background_failed"
  | "identity_rejected"
  | CredentialRefusal
  | RouteRefusal
  | UnavailableReason;

/** Who sent a request, as far as events are to tell. */
export interface AuditClient {
  readonly ipAddress?: string;
  readonly userAgent?: string;
}

/** What the room that saw it says of an event. No field ever holds a secret, a token or a sealed value. */
export interface AuditFact extends AuditClient {
  readonly type: AuditEventType;
  readonly userId?: string;
  readonly organizationId?: string;
  /** The ledger name of the session (a hash), never the session id itself. */
  readonly sessionId?: string;
  /** A code from a closed list or a short text of ours. */
  readonly reason?: string;
  /** Words of somebody else (the provider's description of an error): shortened, for people, decides nothing. */
  readonly detail?: string;
  readonly keyVersion?: number;
  /** How many happened since the last such event of this isolate; absent means one. */
  readonly count?: number;
}

export interface AuditEvent extends AuditFact {
  /** Unique: a sink that gets the same event twice can tell. */
  readonly id: string;
  /** Epoch seconds. */
  readonly at: number;
  /** Of the configuration that raised it. Absent: it names none. */
  readonly realm?: string;
}

/** An event that comes back from a queue or a log: another version may have raised it, so its type can be any name. */
export interface AuditRecord extends Omit<AuditEvent, "type"> {
  readonly type: string;
}

/** Raises an event, about the client of that request where there is one. Never throws, never makes the caller wait. */
export type Emit = (fact: AuditFact, background?: Background, request?: Request) => void;
