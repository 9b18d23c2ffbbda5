import type { LedgerClaim, LedgerRequest, LedgerResult, LedgerSettled } from "../base/ports.js";
import { seenAt, seenBy } from "./ledger-places.js";

/**
 * What is remembered of one session (or of one ticket). All times in epoch seconds. Kept by whoever runs the machine:
 * one row of a Durable Object, or a map of this isolate. Written before every answer.
 */
export interface LedgerRow {
  /** Generation of the newest session known to exist. */
  readonly latest: number;
  /** Highest generation any cookie has shown. */
  readonly seen: number;
  /** The same for the cookies of other places, as `seenAt` reads it; empty where there are none. */
  readonly places: string;
  /** The session of generation `latest`, sealed for this ledger; `null` when it was never handed in or is gone. */
  readonly successor: string | null;
  readonly settledAt: number;
  readonly leaseId: string | null;
  /** The lease counts while now < leaseUntil; a time and no flag, because its owner may be cancelled at any await. */
  readonly leaseUntil: number;
  /** No refresh before this time: the pause after one, or what the provider asked for. */
  readonly notBefore: number;
  /** Every generation up to this one is over, by the provider's word; -1 for none. */
  readonly overAt: number;
  readonly ended: boolean;
  readonly spent: boolean;
  /** The row may be deleted from this time on. */
  readonly forgetAt: number;
}

/** The machine's own answer to a claim: `wait` is for whoever runs it, to claim again at the next settle or at `until`. */
export type LedgerDecision = LedgerClaim | { readonly role: "wait"; readonly until: number };

export interface LedgerStep<Answer> {
  readonly row: LedgerRow;
  readonly answer: Answer;
}

/** Longer than the provider's 8 s deadline: a leader that is still alive has settled before somebody else leads. */
export const LEASE_SECONDS = 10;
/** A provider that hands out tokens already due must not be asked once per request. */
const PAUSE_SECONDS = 10;
/** How long an older cookie may still be in flight after its token ended or after the refresh. */
const LATE_SECONDS = 60;
const LATE_GENERATIONS = 3;
const MAX_PAUSE_SECONDS = 120;
/** Of a record that was lost while somebody led: nobody has said yet when the session ends. The next claim will. */
const UNKNOWN_END_SECONDS = 86_400;

const EMPTY: LedgerRow = {
  latest: 0,
  seen: 0,
  places: "",
  successor: null,
  settledAt: 0,
  leaseId: null,
  leaseUntil: 0,
  notBefore: 0,
  overAt: -1,
  ended: false,
  spent: false,
  forgetAt: 0,
};

/** Somebody holds a session that is due and asks what to do. `leaseId` is fresh and random; used only if they lead. */
export function claim(
  before: LedgerRow | null,
  request: LedgerRequest,
  now: number,
  leaseId: string,
): LedgerStep<LedgerDecision> {
  const known = before ?? EMPTY;
  const { held } = request;
  const row: LedgerRow = { ...known, ...seenBy(known, request), forgetAt: Math.max(known.forgetAt, request.endsAt) };
  if (row.ended) return { row, answer: { role: "over", ended: true } };
  if (held <= row.overAt) return { row, answer: { role: "over" } };
  if (held < row.latest) {
    const answer = mayAdopt(known, request, now);
    return { row, answer: answer === null ? { role: "stale" } : { role: "adopt", successor: answer } };
  }
  // A generation above the newest known one: the record was lost, or settling failed and the cookie was sent anyway.
  const current: LedgerRow = held > row.latest ? { ...row, latest: held, successor: null } : row;
  if (request.looks) return { row: current, answer: { role: "busy", until: now } };
  if (leaseLives(current, now)) {
    const until = current.leaseUntil;
    return { row: current, answer: request.wait ? { role: "wait", until } : { role: "busy", until } };
  }
  if (now < current.notBefore && !request.isSwitch) {
    const failing = current.notBefore !== current.settledAt + PAUSE_SECONDS;
    return { row: current, answer: { role: "busy", until: current.notBefore, ...(failing && { failing }) } };
  }
  const leading: LedgerRow = { ...current, leaseId, leaseUntil: now + LEASE_SECONDS };
  const afterLapse = current.leaseId !== null;
  return { row: leading, answer: { role: "leader", lease: leaseId, ...(afterLapse && { afterLapse }) } };
}

/** The leader says how it went; a log-out says that it is over. */
export function settle(before: LedgerRow | null, result: LedgerResult, now: number): LedgerStep<LedgerSettled> {
  const row = before ?? EMPTY;
  if (result.kind === "ended") {
    const forgetAt = Math.max(row.forgetAt, result.endsAt);
    const ended = { ...withoutLease(row), ended: true, successor: null, forgetAt };
    return { row: ended, answer: { accepted: true, ...(row.ended && { again: true }) } };
  }
  if (row.ended) return { row, answer: { accepted: false, role: "over", ended: true } };
  if (result.kind === "next") return settleNext(row, result, now);
  const leads = row.leaseId === result.lease && leaseLives(row, now);
  if (!leads) return { row, answer: toWhomLeadsNoMore(row, result) };
  if (result.kind === "over") return accepted({ ...withoutLease(row), overAt: Math.max(row.overAt, result.held) });
  // `|| 1`: NaN in a row would never compare, so that nobody would be held back at all.
  const pause = Math.min(MAX_PAUSE_SECONDS, Math.max(1, Math.ceil(result.retryAfterSeconds) || 1));
  return accepted({ ...withoutLease(row), notBefore: now + pause });
}

/** `true` exactly once, and never from `expiresAt` on. */
export function spend(before: LedgerRow | null, expiresAt: number, now: number): LedgerStep<boolean> {
  const row = before ?? EMPTY;
  const fresh = !row.spent && now < expiresAt;
  return { row: { ...row, spent: true, forgetAt: Math.max(row.forgetAt, expiresAt) }, answer: fresh };
}

/** A finished refresh is taken from any lease, also from a lapsed one: its tokens are the only good ones. */
function settleNext(
  row: LedgerRow,
  result: Extract<LedgerResult, { kind: "next" }>,
  now: number,
): LedgerStep<LedgerSettled> {
  if (row.latest > result.held) return { row, answer: whatIsNewer(row, result.held) };
  return accepted({
    ...withoutLease(row),
    latest: result.held + 1,
    successor: result.successor,
    settledAt: now,
    notBefore: now + PAUSE_SECONDS,
    forgetAt: row.forgetAt || now + UNKNOWN_END_SECONDS,
  });
}

function toWhomLeadsNoMore(row: LedgerRow, result: Extract<LedgerResult, { lease: string }>): LedgerSettled {
  if (result.kind !== "over") return { accepted: false, role: "superseded" };
  // Said twice, because the first answer was lost: its lease is gone, its word stands.
  if (result.held <= row.overAt) return { accepted: false, role: "over" };
  return whatIsNewer(row, result.held);
}

function whatIsNewer(row: LedgerRow, held: number): LedgerSettled {
  if (row.latest > held && row.successor !== null) return { accepted: false, role: "adopt", successor: row.successor };
  return { accepted: false, role: "superseded" };
}

/** The successor, if this older cookie may still have it. Compared with what had been seen before this request. */
function mayAdopt(known: LedgerRow, request: LedgerRequest, now: number): string | null {
  if (known.successor === null) return null;
  // Nobody has shown a newer cookie: the response that carried it was lost.
  if (request.presented >= seenAt(known, request.place)) return known.successor;
  // That cookie still works by itself, or did a moment ago.
  if (now < request.tokenExpiresAt + LATE_SECONDS) return known.successor;
  const lateTab = request.presented >= known.latest - LATE_GENERATIONS && now < known.settledAt + LATE_SECONDS;
  return lateTab ? known.successor : null;
}

function leaseLives(row: LedgerRow, now: number): boolean {
  return row.leaseId !== null && now < row.leaseUntil;
}

function withoutLease(row: LedgerRow): LedgerRow {
  return { ...row, leaseId: null, leaseUntil: 0 };
}

function accepted(row: LedgerRow): LedgerStep<LedgerSettled> {
  return { row, answer: { accepted: true } };
}
