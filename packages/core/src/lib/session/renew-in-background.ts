import { isAuthError } from "../base/errors.js";
import type { Background } from "../base/ports.js";
import { failureOf } from "./failure-of.js";
import { isOver, newerOf } from "./renewal.js";
import { revoke } from "./revoke.js";
import type { Refresh, SessionRoom, Visit } from "./room.js";
import { saveStored } from "./save-stored.js";
import type { Session } from "./session.js";
import { endIfUsed, nameOf, type Place, type Store } from "./stored-place.js";

interface Renewing {
  readonly visit: Visit;
  readonly refresh: Refresh;
}

/** Renews a session whose answer has gone out already. Never rejects: whatever fails is told, and tried again. */
export async function renewInBackground(
  room: SessionRoom,
  store: Store,
  place: Place,
  { visit, refresh }: Renewing,
  background: Background,
): Promise<void> {
  const { session, shown, request } = visit;
  const tell = (type: "background_failed" | NonNullable<ReturnType<typeof failureOf>>, reason: string): void =>
    room.parts.emit({ type, reason }, background, request);
  try {
    const { presented } = shown;
    const renewal = await refresh.renew({ kind: "due", session, presented, cause: request }, background);
    if (renewal.kind === "keep" && renewal.degraded) tell(renewal.degraded, renewal.detail ?? "background");
    if (renewal.kind === "unavailable") tell(renewal.reason, renewal.detail ?? "background");
    if (isOver(renewal, refresh)) await room.store?.end(session.user.id, await nameOf(room, session));
    const next = newerOf(renewal);
    if (next) await save(room, store, place, { ...next, refresh });
  } catch (error) {
    if (isAuthError(error, "session_too_large")) return tell("background_failed", error.code);
    tell(failureOf(error) ?? "background_failed", "renewal");
  } finally {
    store.underWay.end(place.text);
  }
}

async function save(
  room: SessionRoom,
  store: Store,
  place: Place,
  { session, adopted, refresh }: { readonly session: Session; readonly adopted: boolean; readonly refresh: Refresh },
): Promise<void> {
  const now = room.parts.runtime.now();
  const saved = await saveStored(room, store, session, place, { now, expiresAt: endIfUsed(room, session, now) });
  // Whoever ended it meanwhile wins: these tokens are nobody's.
  if (saved.state === "ended" && !adopted) await revoke(refresh.provider, session);
}
