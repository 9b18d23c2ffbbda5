import type { EndedRecord } from "../base/session-home.js";
import { endListed } from "./end-listed.js";
import { endInLedgers } from "./follow-endings.js";
import { listSessions } from "./list-sessions.js";
import { moveIn, presentStored } from "./present-stored.js";
import { scopeOf } from "./refuse-revoked.js";
import { renewRecord } from "./renew-record.js";
import { endingsOf, type RevocationTarget } from "./revocation-target.js";
import type { ConnectedStore, SessionRoom } from "./room.js";
import { writeStored } from "./save-stored.js";
import type { Session } from "./session.js";
import { createShelves } from "./shelves.js";
import type { Shelves, StoreOptions, StoreParts } from "./store.js";
import { isStoredCredential, readStoredCredential, storedKey } from "./stored-credential.js";
import { createMarks } from "./stored-marks.js";
import { recordBinding, type Store } from "./stored-place.js";
import { openCopy, openRecord } from "./stored-record.js";

/** As long as the ledger gives whoever asks the provider. */
const RENEWAL_SECONDS = 10;

/** A store in one configuration. What it remembers belongs to the object it returns. */
export function connectStore(options: StoreOptions, parts: StoreParts): ConnectedStore {
  const { client } = parts;
  const scope = scopeOf(parts);
  const shelves = createShelves(options, scope);
  const store: Store = { shelves, ...(client && { client }), underWay: createMarks(RENEWAL_SECONDS) };
  // A list without those that are in sealed cookies would say of a device that it is signed out.
  const listsAll = options.sessions !== "too_large";
  return {
    sessions: options.sessions ?? "all",
    holds: isStoredCredential,
    present: (room, request, text, now) => presentStored(room, store, request, text, now),
    moveIn: (room, request, shown, now) => moveIn(room, store, request, shown, now),
    write: (room, session, writing) => writeStored(room, store, session, writing),
    async end(userId, name) {
      await shelves.askFirmly(await shelves.personOf(userId), (shelf) => shelf.end({ kind: "name", name }));
    },
    endUnseen: (room, text) => endUnseen(room, store, text),
    async revoke(room, target, { now, request, background }) {
      await endingsOf(target, scope, now); // throws a RangeError for an id or a moment that is none
      const ended = await revokeStored(shelves, target);
      if (ended === null) return false;
      // So that a refresh under way ends in nothing.
      await endInLedgers(room, ended, { request, background });
      // Of sessions in sealed cookies a shelf knows nothing.
      return listsAll;
    },
    list: async (room, request, background) => (listsAll ? listSessions(room, shelves, request, background) : null),
    endListed: async (room, which, asked) => (listsAll ? endListed(room, shelves, which, asked) : null),
    renew: renewRecord,
  };
}

async function endUnseen(room: SessionRoom, store: Store, text: string): Promise<readonly Session[]> {
  const credential = readStoredCredential(text);
  if (credential === null) return [];
  const key = await storedKey(credential.id);
  const ended = await store.shelves.askFirmly(credential.person, (shelf) => shelf.end({ kind: "key", key }));
  const now = room.parts.runtime.now();
  const opened = await Promise.all(
    ended.map((record) => openRecord(record, recordBinding(room, store, record.name, key), now)),
  );
  const sessions = opened.flatMap(({ session }) => session ?? []);
  if (sessions.length > 0 || credential.copy === undefined) return sessions;
  // Where the record is not to be seen yet, an ending under its key could be overwritten by it. One under its name cannot.
  const { keyring, realm } = room.parts;
  const { session } = await openCopy(credential.copy, { keyring, realm, key }, now);
  return session === undefined ? [] : [session];
}

/** A shelf knows its person's sessions, and nothing of organisations or of the provider's sessions: `null` for those. */
async function revokeStored(shelves: Shelves, target: RevocationTarget): Promise<readonly EndedRecord[] | null> {
  if (target.kind !== "session" && target.kind !== "user") return null;
  const person = await shelves.personOf(target.userId);
  const which =
    target.kind === "session"
      ? ({ kind: "name", name: target.sessionId } as const)
      : ({ kind: "all", ...(target.since !== undefined && { since: target.since }) } as const);
  return shelves.askFirmly(person, (shelf) => shelf.end(which));
}
