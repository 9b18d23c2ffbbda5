import type { Background } from "../base/ports.js";
import { keyStateOf } from "../seal/keyring.js";
import { strangeSession } from "./check-token.js";
import { refreshFor } from "./create-room.js";
import { tellFailure } from "./failure-of.js";
import { renewInBackground } from "./renew-in-background.js";
import { revoke } from "./revoke.js";
import type { Carried, Presentation, SessionRoom, Vessel, Visit, Written } from "./room.js";
import { cookiesFor, saveStored } from "./save-stored.js";
import type { Session } from "./session.js";
import { endIfUsed, isWorthSaving, nameOf, type Place, type Store } from "./stored-place.js";
import { asWritten } from "./write-session.js";

export type LookAgain = (room: SessionRoom, request: Request, now: number) => Promise<Presentation | null>;

/** A record in a store. */
export function storedVessel(store: Store, place: Place, lookAgain: LookAgain): Vessel {
  return {
    async carry(room, visit, next, background) {
      try {
        return await put(room, visit, next, background);
      } catch (error) {
        // The ledger has it: whoever comes next finds it there.
        tellFailure(room.parts.emit, error, { reason: "save" }, { request: visit.request, background });
        return { session: next.session, written: null };
      }
    },
    reseal(room, shown, { request, now, renewalFailed }, background) {
      const { session, keyVersion } = shown;
      const isRetired = keyStateOf(room.parts.keyring, keyVersion, now) === "retired";
      if (isRetired) room.parts.emit({ type: "seal_opened_with_retired_key", keyVersion }, background, request);
      // A validator knows no idle time, and would put an end to everybody's.
      if (room.refresh === undefined) return null;
      if (!isRetired && !isWorthSaving(room, shown, now)) return null;
      // The refresh that is about to come saves anyway.
      if (!renewalFailed && refreshFor(room, session)?.isAboutToCome(session, now)) return null;
      // Of many requests at once one saves: KV takes one write a second of a key, and versions would chase each other. The mark
      // outlives the save, as others may have looked before it and come here after it.
      if (!store.underWay.begin(place.text, now)) return null;
      return again(room, { request, now, session }, background);
    },
    renewLater(room, visit, refresh, background) {
      const { session, now } = visit;
      if (strangeSession(room.parts, session) !== null) return null;
      if (!store.underWay.begin(place.text, now)) return visit;
      background.waitUntil(renewInBackground(room, store, place, { visit, refresh }, background));
      return visit;
    },
    async end(room, session, background) {
      try {
        await room.store?.end(session.user.id, await nameOf(room, session));
      } catch (error) {
        tellFailure(room.parts.emit, error, { reason: "ending" }, { background });
      }
    },
  };

  async function put(
    room: SessionRoom,
    visit: Visit,
    { session, adopted }: { readonly session: Session; readonly adopted: boolean },
    background: Background | undefined,
  ): Promise<Carried | "ended"> {
    const { now } = visit;
    // Whoever fetched it has saved it, or is about to.
    const theirs = adopted ? await later(room, visit, session) : null;
    if (theirs) return theirs;
    const expiresAt = endIfUsed(room, session, now);
    const saved = await saveStored(room, store, session, place, { now, expiresAt });
    if (saved.state === "older") return (await later(room, visit, session)) ?? { session, written: null };
    if (saved.state === "ended") {
      // Whoever ended it meanwhile wins: these tokens are nobody's.
      if (!adopted && room.refresh) background?.waitUntil(revoke(room.refresh.provider, session));
      return "ended";
    }
    return { session, written: { ...saved, cookies: cookiesOf(room, visit, session) } };
  }

  /** What lies there, if it is as new as that. */
  async function later(room: SessionRoom, visit: Visit, session: Session): Promise<Carried | null> {
    const found = await lookAgain(room, visit.request, visit.now);
    if (!found?.ok || found.session.generation < session.generation) return null;
    return { session: found.session, written: asWritten(found, cookiesOf(room, visit, found.session)) };
  }

  /** The browser has the id already, and keeps it for as long as the session may last; but for one that has just moved in. */
  function cookiesOf(room: SessionRoom, { request, now, written }: Visit, session: Session): readonly string[] {
    return written === null ? [] : cookiesFor(room, place, session, now, request);
  }

  async function again(
    room: SessionRoom,
    { session, request, now }: Pick<Visit, "session" | "request" | "now">,
    background: Background | undefined,
  ): Promise<Written | null> {
    try {
      const saved = await saveStored(room, store, session, place, { now, expiresAt: endIfUsed(room, session, now) });
      return saved.state === "saved" ? { ...saved, cookies: [] } : null;
    } catch (error) {
      tellFailure(room.parts.emit, error, { reason: "reseal" }, { request, background });
      return null;
    }
  }
}
