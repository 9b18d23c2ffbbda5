import type { AuditClient } from "../base/ports.js";
import { sealingKeyAt } from "../seal/keyring.js";
import { refreshFor } from "./create-room.js";
import { refreshBuffer } from "./due.js";
import { ledgerName } from "./ledger-name.js";
import type { SessionRoom } from "./room.js";
import type { Session } from "./session.js";
import type { Shelves } from "./store.js";
import { storedKey, writeStoredCredential } from "./stored-credential.js";
import type { Marks } from "./stored-marks.js";
import type { RecordBinding } from "./stored-record.js";

/**
 * Generation that an id stands for: whoever holds it may have the newest session there is. The ledger, told of it, neither takes
 * a store that lags for a thief nor hands anything to an older sealed copy.
 */
export const NEWEST = 0xffff_ffff;

/** A store in its configuration. */
export interface Store {
  readonly shelves: Shelves;
  readonly client?: (request: Request) => AuditClient;
  /** Sessions whose renewal this isolate has begun in the background. */
  readonly underWay: Marks;
}

/** Where the session of one cookie lies. */
export interface Place {
  readonly person: string;
  readonly key: string;
  /** The cookie's text without a copy: by it the memory of this isolate knows the session. */
  readonly text: string;
  /** What the cookie is to hold: that text, with the copy while one is needed. */
  readonly sent: string;
}

export async function placeOf(id: string, person: string, copy?: string): Promise<Place> {
  const text = writeStoredCredential({ id, person });
  const sent = copy === undefined ? text : writeStoredCredential({ id, person, copy });
  return { person, key: await storedKey(id), text, sent };
}

/** What the record of this session is sealed for. */
export function recordBinding({ parts }: SessionRoom, { shelves }: Store, name: string, key: string): RecordBinding {
  const { keyring, realm } = parts;
  return { keyring, realm, name, ...(shelves.isEventual && { key }) };
}

export function nameOf({ parts }: SessionRoom, session: Session): Promise<string> {
  return ledgerName(parts.realm, session.sessionId);
}

/** When a session ends that somebody asks for now. */
export function endIfUsed({ parts }: SessionRoom, session: Session, now: number): number {
  return parts.idleSeconds === undefined ? session.endsAt : Math.min(session.endsAt, now + parts.idleSeconds);
}

/**
 * A save would let it last longer: by half of its idle time, or at last by as much as its key or its absolute end allows. Not told by
 * when it was sealed, which happens behind people's backs as well.
 */
export function isWorthSaving(
  room: SessionRoom,
  { expiresAt, session }: { readonly expiresAt: number; readonly session: Session },
  now: number,
): boolean {
  const { keyring, idleSeconds } = room.parts;
  const openUntil = sealingKeyAt(keyring, now)?.openUntil ?? 0;
  const most = Math.min(session.endsAt, Math.floor(openUntil));
  const gained = Math.min(endIfUsed(room, session, now), most) - expiresAt;
  return gained > 0 && (idleSeconds === undefined || expiresAt + gained === most || gained >= idleSeconds / 2);
}

/** The first whole second in which they are due. `undefined`: its tokens cannot be renewed. */
export function renewAtOf(room: SessionRoom, session: Session): number | undefined {
  const refresh = refreshFor(room, session);
  return refresh && Math.floor(session.expiresAt - refreshBuffer(session, refresh.bufferSeconds)) + 1;
}
