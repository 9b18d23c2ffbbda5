import { MAX_ADDRESS_LENGTH, MAX_USER_AGENT_LENGTH, oneLine } from "../audit/event.js";
import { isText } from "../base/json.js";
import type { AuditClient } from "../base/ports.js";
import type { SavedRecord, SessionRecord } from "../base/session-home.js";
import { MAX_TEXT_LENGTH } from "../cookie/cookie.js";
import type { SessionRoom, Writing, Written } from "./room.js";
import type { Session } from "./session.js";
import { newStoredId } from "./stored-credential.js";
import { movedInId } from "./stored-names.js";
import { endIfUsed, nameOf, type Place, placeOf, recordBinding, renewAtOf, type Store } from "./stored-place.js";
import { sealCopy, sealRecord } from "./stored-record.js";
import { setCookies } from "./write-session.js";

export type Saved = SavedRecord & Omit<Written, "cookies" | "version">;

/** Puts a session at its place until `expiresAt`. Throws `AuthError` `store_unreachable`, `session_too_large`. */
export async function saveStored(
  room: SessionRoom,
  store: Store,
  session: Session,
  place: Place,
  { now, expiresAt, request }: { readonly now: number; readonly expiresAt: number; readonly request?: Request },
): Promise<Saved> {
  const { key, person, text } = place;
  const { createdAt, endsAt, generation, organizationId } = session;
  const name = await nameOf(room, session);
  const made = await sealRecord(session, recordBinding(room, store, name, key), { now, expiresAt });
  const renewAt = renewAtOf(room, session);
  const record: SessionRecord = {
    key,
    name,
    sealed: made.text,
    generation,
    createdAt,
    endsAt,
    expiresAt: made.expiresAt,
    ...(renewAt !== undefined && { renewAt }),
    ...(organizationId !== undefined && { organizationId }),
    ...(request && clientOf(store, request)),
  };
  const saved = await store.shelves.ask(person, (shelf) => shelf.save(record));
  return { ...saved, text, keyVersion: made.keyVersion, issuedAt: now, expiresAt: made.expiresAt };
}

/** A session that begins, or comes in place of a sealed text. Throws as `saveStored` does. */
export async function writeStored(
  room: SessionRoom,
  store: Store,
  session: Session,
  { now, request, from }: Writing,
): Promise<Written | "ended"> {
  const place = await newPlace(room, store, session, { now, ...(from !== undefined && { from }) });
  const expiresAt = endIfUsed(room, session, now);
  const saved = await saveStored(room, store, session, place, { now, expiresAt, request });
  if (saved.state === "ended") return "ended";
  return { ...saved, cookies: cookiesFor(room, place, session, now, request) };
}

/**
 * The cookie lasts as long as the session may, and the record says when it has been idle for too long: an end that moved with the
 * record's would be lost with one answer, and with every renewal that nobody waits for.
 */
export function cookiesFor(
  room: SessionRoom,
  { sent }: Place,
  { endsAt }: Session,
  now: number,
  request: Request,
): readonly string[] {
  return setCookies(room, { text: sent, expiresAt: endsAt }, now, request);
}

/** A place of its own; for a sealed text the same whoever brings it. */
export async function newPlace(
  room: SessionRoom,
  { shelves }: Store,
  session: Session,
  { now, from }: { readonly now: number; readonly from?: string },
): Promise<Place> {
  const id = from === undefined ? newStoredId() : await movedInId(from);
  const person = await shelves.personOf(session.user.id);
  const place = await placeOf(id, person);
  if (!shelves.isEventual) return place;
  const { keyring, realm } = room.parts;
  const copy = await sealCopy(session, { keyring, realm, key: place.key }, now);
  const withCopy = await placeOf(id, person, copy);
  // One that is too large for the cookies goes without: it may have to wait until the store has caught up.
  return withCopy.sent.length > MAX_TEXT_LENGTH ? place : withCopy;
}

/** What a list says of the client that signed in. */
function clientOf({ client }: Store, request: Request): AuditClient {
  const { userAgent, ipAddress } = client?.(request) ?? {};
  // Empty text says nothing, and no home has to take it.
  return {
    ...(isText(userAgent) && { userAgent: oneLine(userAgent, MAX_USER_AGENT_LENGTH) }),
    ...(isText(ipAddress) && { ipAddress: oneLine(ipAddress, MAX_ADDRESS_LENGTH) }),
  };
}
