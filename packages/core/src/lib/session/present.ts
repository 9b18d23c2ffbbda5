import { keyStateOf } from "../seal/keyring.js";
import { cookieRealm } from "./host-realm.js";
import type { Remembered } from "./memo.js";
import { legacyText } from "./present-legacy.js";
import type { Presentation, Presented, SessionRoom } from "./room.js";
import { type OpenedSession, openSession } from "./sealed-store.js";
import { SEALED } from "./sealed-vessel.js";
import type { SessionParts } from "./session-parts.js";

/**
 * Memory first, at once; then the seal itself, or the store. Never throws for what the request brought; `crypto_failure` and
 * `store_unreachable` when nobody can say. `movesIn`: what is sealed goes into the store, where all sessions lie there.
 */
export function present(
  room: SessionRoom,
  request: Request,
  now: number,
  movesIn: boolean = room.refresh !== undefined,
): Presentation | Promise<Presentation> {
  const { parts, carrier, memo, store } = room;
  const read = carrier.read(request);
  const older = legacyText(parts, read, request, now);
  const credential = older === null ? read : { ok: true as const, text: older };
  if (!credential.ok) {
    const { reason, cookies } = credential;
    return { ok: false, reason, cookies, sessionRead: reason !== "no_credential" };
  }
  const { text } = credential;
  if (store?.holds(text)) return store.present(room, request, text, now);
  const realm = cookieRealm(parts, request);
  const newer = replacement(room, text, realm, now);
  if (newer) return newer;
  // What is to move in is asked for at the store, however well it is known here: it may have been ended there.
  const isMoving = movesIn && store?.sessions === "all";
  const known = older === null && !isMoving ? memo.get(text, realm) : undefined;
  if (known && stillOpens(parts, known, now)) return presented(text, known, known);
  return open(room, request, { text, isLegacy: older !== null, now, movesIn });
}

interface Opening {
  readonly text: string;
  readonly isLegacy: boolean;
  readonly now: number;
  readonly movesIn: boolean;
}

async function open(
  room: SessionRoom,
  request: Request,
  { text, isLegacy, now, movesIn }: Opening,
): Promise<Presentation> {
  const { parts, store } = room;
  const { cookie, keyring, legacy, absoluteSeconds } = parts;
  const realm = cookieRealm(parts, request);
  const opened =
    isLegacy && legacy
      ? await legacy.open(text, { keyring, now, ...(absoluteSeconds !== undefined && { absoluteSeconds }) })
      : await openSession(text, keyring, { cookieName: cookie.name, realm, now: () => now });
  if (!opened.ok) return notOpened(room, request, opened, now);
  const shown: Presented = { ...presented(text, opened), ...(isLegacy && { isLegacy }) };
  return movesIn && store?.sessions === "all" ? store.moveIn(room, request, shown, now) : shown;
}

export function notOpened(
  { carrier }: SessionRoom,
  request: Request,
  { reason, session }: Extract<OpenedSession, { ok: false }>,
  now: number,
): Presentation {
  const isOver = session !== undefined && session.endsAt <= now;
  const cookies = isOver ? carrier.clear(request) : [];
  return { ok: false, reason, cookies, sessionRead: true, ...(session && { session }) };
}

function replacement({ parts, memo }: SessionRoom, text: string, realm: string, now: number): Presented | null {
  const newer = memo.newer(text, realm, now);
  if (newer === null || !stillOpens(parts, newer.entry, now)) return null;
  const { entry, presented: shown } = newer;
  return { ...presented(entry.text, entry, entry), presented: shown, replaced: true };
}

export function stillOpens(parts: SessionParts, known: Remembered, now: number): boolean {
  if (now >= known.expiresAt) return false;
  const state = keyStateOf(parts.keyring, known.keyVersion, now);
  return state === "active" || state === "retired" || state === "staged";
}

function presented(
  text: string,
  opened: Pick<Presented, "session" | "keyVersion" | "issuedAt" | "expiresAt">,
  remembered?: Remembered,
): Presented {
  const { session, keyVersion, issuedAt, expiresAt } = opened;
  const { generation, expiresAt: tokenEnd } = session;
  return {
    ok: true,
    text,
    presented: { generation, expiresAt: tokenEnd },
    session,
    keyVersion,
    issuedAt,
    expiresAt,
    ...(remembered && { remembered }),
    replaced: false,
    vessel: SEALED,
  };
}
