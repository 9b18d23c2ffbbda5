import { isAuthError } from "../base/errors.js";
import type { Background } from "../base/ports.js";
import { about } from "./answer-to.js";
import { cookieRealm } from "./host-realm.js";
import type { Sealing, SessionRoom, Writing, Written } from "./room.js";
import { makeSealedSession } from "./sealed-store.js";
import type { Session } from "./session.js";

/** 400 days (RFC 6265bis §5.5): sessions that code of the user's own sealed may live longer. */
const MAX_AGE_SECONDS = 34_560_000;

/**
 * Seals a session for its cookie, or puts it into the store. `ended`: somebody ended it before. Throws `AuthError`
 * `session_too_large`, and `store_unreachable` with a store.
 */
export async function write(room: SessionRoom, session: Session, writing: Writing): Promise<Written | "ended"> {
  const { store } = room;
  if (store?.sessions === "all") return store.write(room, session, writing);
  try {
    return await writeSealed(room, session, writing);
  } catch (error) {
    if (store === undefined || !isAuthError(error, "session_too_large")) throw error;
    return store.write(room, session, writing);
  }
}

async function writeSealed(room: SessionRoom, session: Session, { now, request }: Writing): Promise<Written> {
  const { cookie, keyring, idleSeconds } = room.parts;
  const made = await makeSealedSession(session, keyring, {
    cookieName: cookie.name,
    realm: cookieRealm(room.parts, request),
    now: () => now,
    ...(idleSeconds !== undefined && { idleSeconds }),
  });
  return { ...made, issuedAt: now, cookies: setCookies(room, made, now, request) };
}

/** What lies there already, to be sent along. */
export function asWritten(found: Sealing, cookies: readonly string[]): Written {
  const { text, keyVersion, issuedAt, expiresAt, version } = found;
  return { text, keyVersion, issuedAt, expiresAt, ...(version !== undefined && { version }), cookies };
}

/** Set-Cookie lines for a text that ends at `expiresAt`, or with what browsers keep at most. */
export function setCookies(
  room: SessionRoom,
  { text, expiresAt }: Pick<Written, "text" | "expiresAt">,
  now: number,
  request: Request,
): readonly string[] {
  return room.carrier.write(text, Math.min(Math.max(0, expiresAt - now), MAX_AGE_SECONDS), request);
}

/**
 * As `write`, where a session is already running: one that grew too large keeps its old cookie, whose successor the
 * ledger goes on handing out, and an event says so. `null` then.
 */
export async function rewrite(
  room: SessionRoom,
  session: Session,
  writing: Writing,
  background: Background | undefined,
): Promise<Written | "ended" | null> {
  try {
    return await write(room, session, writing);
  } catch (error) {
    if (!isAuthError(error, "session_too_large")) throw error;
    const detail = error.problems.join(", ");
    room.parts.emit(
      { type: "session_too_large", ...(await about(room, session)), detail },
      background,
      writing.request,
    );
    return null;
  }
}
