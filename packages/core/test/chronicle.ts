import type { LedgerRequest, LedgerResult } from "../src/lib/base/ports.js";
import type { LedgerDecision } from "../src/lib/session/ledger.js";
import type { Session } from "../src/lib/session/session.js";
import type { Actor } from "./simulated-actor.js";

const LEASE_SECONDS = 10;
const PAUSE_SECONDS = 10;
const LATE_SECONDS = 60;

/** What is true of one session, noted by the world beside the machine under test. */
export interface Chronicle {
  readonly violations: string[];
  /** Why this session may be over; `null` while nobody may be logged out. */
  excuse: string | null;
  /** The newest session that anybody has ever had. */
  newest: number;
  recordWasLost: boolean;
  /** Set by a settle that failed: the ledger knows of the session, but cannot hand it out. */
  successorIsGone: boolean;
  wasGoneOnce: boolean;
  ended: boolean;
  overAt: number;
  latest: number;
  shown: number;
  settledAt: number;
  pausedUntil: number;
  readonly leases: Map<string, { readonly generation: number; readonly until: number }>;
  /** Generation of every successor that was settled, by its sealed text. */
  readonly successors: Map<string, number>;
  /** Refresh tokens whose successor was settled, and when (milliseconds). */
  readonly settledTokens: Map<string, number>;
  /** Refresh tokens that came too late, after a log-out. */
  readonly unwanted: Set<string>;
  readonly revoked: Set<string>;
  organizationId: string;
}

export function startChronicle(session: Session): Chronicle {
  return {
    violations: [],
    excuse: null,
    newest: session.generation,
    recordWasLost: false,
    successorIsGone: false,
    wasGoneOnce: false,
    ended: false,
    overAt: -1,
    latest: session.generation,
    shown: 0,
    settledAt: Number.NEGATIVE_INFINITY,
    pausedUntil: 0,
    leases: new Map(),
    successors: new Map(),
    settledTokens: new Map(),
    unwanted: new Set(),
    revoked: new Set(),
    organizationId: session.organizationId ?? "",
  };
}

/** The ledger forgot everything: so does what it is measured by. */
export function noteLoss(chronicle: Chronicle): void {
  Object.assign(chronicle, {
    recordWasLost: true,
    successorIsGone: true,
    wasGoneOnce: true,
    ended: false,
    overAt: -1,
    latest: 0,
    shown: 0,
    settledAt: Number.NEGATIVE_INFINITY,
    pausedUntil: 0,
  });
  chronicle.leases.clear();
  chronicle.settledTokens.clear();
}

/** What one claim was told, judged by what is true. */
export function noteClaim(chronicle: Chronicle, request: LedgerRequest, answer: LedgerDecision, now: number): void {
  const { presented, held, tokenExpiresAt, isSwitch = false } = request;
  const { shown } = chronicle;
  const wrong = (what: string) => void chronicle.violations.push(what);
  chronicle.shown = Math.max(shown, presented);
  const isOver = chronicle.ended || held <= chronicle.overAt;
  if (isOver !== (answer.role === "over")) wrong(`told ${answer.role}, but over is ${isOver}`);
  if (isOver) return;
  if (chronicle.recordWasLost && held < chronicle.newest) chronicle.excuse ??= "an older cookie after a lost record";
  if (held > chronicle.latest) {
    Object.assign(chronicle, { latest: held, successorIsGone: true, wasGoneOnce: true });
  }
  chronicle.newest = Math.max(chronicle.newest, held);
  const isLateTab = presented >= chronicle.latest - 3 && now < chronicle.settledAt + LATE_SECONDS;
  const isGood = presented >= shown || now < tokenExpiresAt + LATE_SECONDS || isLateTab;
  if (answer.role === "stale" && isGood && !chronicle.successorIsGone) wrong("stale without a reason");
  if (answer.role === "adopt" && !isGood) wrong("handed the newest session to whoever shows an old cookie");
  if (answer.role === "adopt" && chronicle.successors.get(answer.successor) !== chronicle.latest) {
    wrong("handed out something else than the newest session");
  }
  if (answer.role !== "leader") return;
  if (held < chronicle.latest) wrong("an older generation leads");
  if (!isSwitch && now < chronicle.pausedUntil) wrong("refreshed in the pause");
  for (const lease of chronicle.leases.values()) {
    if (lease.generation === held && now < lease.until) wrong("two live leases for one generation");
  }
  chronicle.leases.set(answer.lease, { generation: held, until: now + LEASE_SECONDS });
}

/** What one settle was told, judged by what is true. */
export function noteSettle(
  chronicle: Chronicle,
  result: LedgerResult,
  { accepted, role }: { readonly accepted: boolean; readonly role?: string },
  actor: Actor,
  milliseconds: number,
): void {
  const wrong = (what: string) => void chronicle.violations.push(what);
  const now = Math.floor(milliseconds / 1000);
  if (result.kind === "ended") {
    chronicle.ended = true;
    chronicle.leases.clear();
  } else if (chronicle.ended) {
    if (accepted || role !== "over") wrong("something wins over the end");
  } else if (result.kind === "next") {
    if (accepted !== result.held >= chronicle.latest)
      wrong(`next ${accepted}, but for a generation that has a successor`);
    if (accepted) noteNext(chronicle, result, actor, milliseconds);
  } else if (accepted) {
    const lease = chronicle.leases.get(result.lease);
    if (lease === undefined || now >= lease.until) wrong(`${result.kind} taken from a lease that lapsed`);
    chronicle.leases.delete(result.lease);
    if (result.kind === "failed") chronicle.pausedUntil = now + 1;
    else chronicle.overAt = Math.max(chronicle.overAt, result.held);
  }
}

function noteNext(
  chronicle: Chronicle,
  { held, successor }: Extract<LedgerResult, { kind: "next" }>,
  { sent, isSwitch }: Actor,
  milliseconds: number,
): void {
  const latest = held + 1;
  const settledAt = Math.floor(milliseconds / 1000);
  Object.assign(chronicle, { latest, settledAt, pausedUntil: settledAt + PAUSE_SECONDS, successorIsGone: false });
  chronicle.newest = Math.max(chronicle.newest, latest);
  chronicle.successors.set(successor, latest);
  for (const [id, lease] of chronicle.leases) if (lease.generation <= held) chronicle.leases.delete(id);
  if (sent === null) throw new Error("settled without having asked");
  chronicle.settledTokens.set(sent.token, milliseconds);
  const mayChange = isSwitch || chronicle.wasGoneOnce;
  if (!mayChange && sent.organizationId !== chronicle.organizationId)
    chronicle.violations.push("the switch was undone");
  chronicle.organizationId = sent.organizationId ?? "";
}
