import type { Background } from "../base/ports.js";
import { strangeSession } from "./check-token.js";
import { refreshFor } from "./create-room.js";
import { tellFailure } from "./failure-of.js";
import { askRevocation } from "./refuse-revoked.js";
import { isOver, newerOf } from "./renewal.js";
import type { SessionRoom } from "./room.js";
import type { Session } from "./session.js";
import { NEWEST, nameOf, renewAtOf } from "./stored-place.js";
import { openRecord, sealRecord } from "./stored-record.js";
import type { StoredRecord, StoredRenewal } from "./stored-renewal.js";

/** Somebody else is at it, or the ledger holds back. */
const BUSY_SECONDS = 10;
/** A key that this instance does not have yet, a provider that is not ours: not to be had now. */
const LATER_SECONDS = 3_600;
/** The provider or the ledger is down. */
const DOWN_SECONDS = 60;
/** The same, once the token has ended: whoever comes tries by themselves, and a provider that comes back is not to be run over. */
const ENDED_SECONDS = 300;

/** As a request would renew it, though nobody asks: the record keeps its end. Never throws for an outage. */
export async function renewRecord(
  room: SessionRoom,
  { name, sealed }: StoredRecord,
  background: Background | undefined,
): Promise<StoredRenewal> {
  const now = room.parts.runtime.now();
  try {
    return await tryRenewal(room, { name, sealed }, now, background);
  } catch (error) {
    tellFailure(room.parts.emit, error, { reason: "renewal" }, { background });
    return { kind: "later", at: now + DOWN_SECONDS };
  }
}

async function tryRenewal(
  room: SessionRoom,
  { name, sealed }: StoredRecord,
  now: number,
  background: Background | undefined,
): Promise<StoredRenewal> {
  const { keyring, realm } = room.parts;
  const opened = await openRecord({ sealed }, { keyring, realm, name }, now);
  if (!opened.ok) {
    if (opened.reason === "expired") return { kind: "over" };
    // Of another realm, or of a key that is not here: requests renew it, and nobody would see that this does not.
    const { reason: detail } = opened;
    room.parts.emit({ type: "background_failed", reason: "stored_record", sessionId: name, detail }, background);
    return { kind: "later", at: now + LATER_SECONDS };
  }
  const { session, expiresAt } = opened;
  const refresh = refreshFor(room, session);
  // Without a ledger that all share nobody can see that a request is at it as well: the refresh token would be spent twice.
  if (refresh === undefined || !refresh.ledgerIsShared) return { kind: "later", at: now + LATER_SECONDS };
  if (strangeSession(room.parts, session) !== null || (await nameOf(room, session)) !== name) {
    return { kind: "later", at: now + LATER_SECONDS };
  }
  if (!refresh.isDue(session, now)) return { kind: "later", at: Math.max(now + 1, renewAtOf(room, session) ?? 0) };
  const stopped = await stoppedByRevocation(room, session, now, background);
  if (stopped) return stopped;
  const presented = { generation: NEWEST, expiresAt: session.expiresAt };
  const renewal = await refresh.renew({ kind: "due", session, presented }, background);
  const next = newerOf(renewal);
  if (next) return { kind: "renewed", record: await renewed(room, next.session, { name, expiresAt }) };
  if (isOver(renewal, refresh)) return { kind: "over" };
  if (renewal.kind === "unavailable")
    return { kind: "later", at: now + Math.max(ENDED_SECONDS, renewal.retryAfterSeconds) };
  if (renewal.kind !== "keep") return { kind: "later", at: now + LATER_SECONDS };
  return { kind: "later", at: now + (renewal.degraded ? DOWN_SECONDS : BUSY_SECONDS) };
}

/** New tokens must not make a session look younger than what ended it. */
async function stoppedByRevocation(
  { parts }: SessionRoom,
  session: Session,
  now: number,
  background: Background | undefined,
): Promise<StoredRenewal | null> {
  const { revocation, emit } = parts;
  if (revocation === undefined) return null;
  const { verdict, about } = await askRevocation(parts, revocation, session);
  if (verdict.state === "ended") {
    emit({ type: "revoked", reason: verdict.by, ...about }, background);
    return { kind: "over" };
  }
  if (verdict.state === "live" || revocation.whenDown === "open") return null;
  emit({ type: "store_unreachable", reason: "revocation" }, background);
  return { kind: "later", at: now + DOWN_SECONDS };
}

async function renewed(
  room: SessionRoom,
  session: Session,
  { name, expiresAt }: { readonly name: string; readonly expiresAt: number },
): Promise<Extract<StoredRenewal, { kind: "renewed" }>["record"]> {
  const { keyring, realm, runtime } = room.parts;
  const made = await sealRecord(session, { keyring, realm, name }, { now: runtime.now(), expiresAt });
  const { generation, organizationId } = session;
  const renewAt = renewAtOf(room, session);
  return {
    sealed: made.text,
    generation,
    ...(renewAt !== undefined && { renewAt }),
    ...(organizationId !== undefined && { organizationId }),
  };
}
