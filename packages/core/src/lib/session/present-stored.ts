import { AuthError } from "../base/errors.js";
import type { LoadedRecord } from "../base/session-home.js";
import { notOpened, stillOpens } from "./present.js";
import type { Presentation, Presented, SessionRoom } from "./room.js";
import { newPlace, saveStored } from "./save-stored.js";
import type { Session } from "./session.js";
import { readStoredCredential } from "./stored-credential.js";
import { endIfUsed, NEWEST, nameOf, type Place, placeOf, recordBinding, type Store } from "./stored-place.js";
import { openCopy, openRecord } from "./stored-record.js";
import { storedVessel } from "./stored-vessel.js";

/**
 * What an opaque cookie stands for: asked of the store with every request, so that an ended session is refused at the next
 * one. Throws `AuthError` `store_unreachable` when nobody can say.
 */
export async function presentStored(
  room: SessionRoom,
  store: Store,
  request: Request,
  text: string,
  now: number,
): Promise<Presentation> {
  const credential = readStoredCredential(text);
  if (credential === null) return refused("malformed");
  const { id, person, copy } = credential;
  const place = await placeOf(id, person, copy);
  if (copy === undefined) return (await lookUp(room, store, request, place, now)) ?? refused("session_over");
  const { keyring, realm } = room.parts;
  const copied = await openCopy(copy, { keyring, realm, key: place.key }, now);
  // Its time is over: from now on the cookie goes without.
  const bare = copied.ok ? place : { ...place, sent: place.text };
  const found = await lookUp(room, store, request, bare, now, copied.session);
  if (found?.ok && !copied.ok) return { ...found, replaced: true };
  if (found !== null) return found;
  return copied.ok ? fromCopy(store, place, copied.session, copied) : refused("session_over");
}

/**
 * Takes over what a cookie held itself. Whoever brings the same text finds the same record, and one whose session was ended
 * does not bring it back. Throws as `presentStored` does.
 */
export async function moveIn(
  room: SessionRoom,
  store: Store,
  request: Request,
  shown: Presented,
  now: number,
): Promise<Presentation> {
  const { session, text: from } = shown;
  const legacy = shown.isLegacy ? { isLegacy: shown.isLegacy } : {};
  const place = await newPlace(room, store, session, { now, from });
  const moved = (found: Presentation): Presentation => (found.ok ? { ...found, ...legacy, replaced: true } : found);
  const before = await lookUp(room, store, request, place, now, session);
  if (before) return moved(before);
  // What has to be renewed first is judged by the ledger as what it is, and moves in as what came after it: an old text that
  // somebody kept must not become the id of the session it once was.
  if (now >= session.expiresAt) return shown;
  // KV takes one write a second of a key: of many requests at once one moves it in, and the others' cookie is good as it is.
  if (store.shelves.isEventual && !store.underWay.begin(place.text, now)) return shown;
  const saved = await saveStored(room, store, session, place, {
    now,
    expiresAt: endIfUsed(room, session, now),
    request,
  });
  if (saved.state === "saved")
    return moved({ ...presented(store, place, { ...saved, session }), version: saved.version });
  if (saved.state === "ended") return refused("session_over");
  const later = await lookUp(room, store, request, place, now);
  return later ? moved(later) : shown;
}

/** `null`: nothing lies there. `told`: what the cookie itself says of its session. */
async function lookUp(
  room: SessionRoom,
  store: Store,
  request: Request,
  place: Place,
  now: number,
  told?: Session,
): Promise<Presentation | null> {
  const { parts, memo } = room;
  const { person, key, text } = place;
  const remembered = memo.get(text, parts.realm);
  const known = remembered && stillOpens(parts, remembered, now) ? remembered : undefined;
  const copy = told && { name: await nameOf(room, told), createdAt: told.createdAt };
  const loaded = await store.shelves.ask(person, (shelf) => shelf.load(key, known?.version, copy));
  if (loaded === null) return null;
  if (loaded.state === "ended") return refused("session_over");
  if (loaded.state === "same") {
    if (known === undefined) throw new AuthError("store_unreachable", "The store compared with nothing.");
    return { ...presented(store, place, known), remembered: known, ...versionOf(known) };
  }
  return open(room, store, request, { place, loaded, now });
}

async function open(
  room: SessionRoom,
  store: Store,
  request: Request,
  { place, loaded, now }: { readonly place: Place; readonly loaded: Found; readonly now: number },
): Promise<Presentation> {
  const { memo, parts } = room;
  const { name, version } = loaded;
  const opened = await openRecord(loaded, recordBinding(room, store, name, place.key), now);
  if (!opened.ok) return notOpened(room, request, opened, now);
  const { session } = opened;
  // Whose cookie says of itself that it is somebody else's is not looked at any further.
  if ((await store.shelves.personOf(session.user.id)) !== place.person) return refused("tampered");
  const known = memo.get(place.text, parts.realm);
  // A home that is late shows what was there before: what is known here came after it.
  if (known && store.shelves.isEventual && known.session.generation > session.generation) {
    return { ...presented(store, place, known), remembered: known, ...versionOf(known) };
  }
  return { ...presented(store, place, opened), version };
}

type Found = Extract<LoadedRecord, { readonly state: "found" }>;
type Stored = Pick<Presented, "session" | "keyVersion" | "issuedAt" | "expiresAt">;

function presented(store: Store, place: Place, { session, keyVersion, issuedAt, expiresAt }: Stored): Presented {
  return {
    ok: true,
    text: place.text,
    presented: { generation: NEWEST, expiresAt: session.expiresAt },
    session,
    keyVersion,
    issuedAt,
    expiresAt,
    replaced: false,
    sent: place.sent,
    vessel: storedVessel(store, place, (room, request, now) => lookUp(room, store, request, place, now)),
  };
}

/** Good until the record is there, which says how long. */
function fromCopy(store: Store, place: Place, session: Session, copied: Omit<Stored, "session">): Presented {
  return presented(store, place, { ...copied, session, expiresAt: session.endsAt });
}

function versionOf({ version }: { readonly version?: number }): { readonly version?: number } {
  return version === undefined ? {} : { version };
}

function refused(reason: "malformed" | "session_over" | "tampered"): Presentation {
  return { ok: false, reason, cookies: [], sessionRead: true };
}
