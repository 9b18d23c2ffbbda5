import { isAuthError } from "../base/errors.js";
import type { AnonymousReason, UnavailableReason } from "../base/failure.js";
import type { Background } from "../base/ports.js";
import { cookieCarrier } from "./carrier.js";
import { ledgerName } from "./ledger-name.js";
import { createMemo } from "./memo.js";
import { cookieRealm } from "./place.js";
import type { Anonymous, Unavailable } from "./request-auth.js";
import type { Refresh, Sealing, SessionRoom, Writing, Written } from "./room.js";
import { makeSealedSession } from "./sealed-store.js";
import type { Session } from "./session.js";
import type { SessionParts } from "./session-parts.js";
import { type AnswerContext, anonymous, unavailable } from "./visitor-states.js";

/** 400 days (RFC 6265bis §5.5): sessions that code of the user's own sealed may live longer. */
const MAX_AGE_SECONDS = 34_560_000;

/** What it remembers belongs to the room alone. Default of `carrier`: in a cookie. */
export function createRoom(parts: SessionParts, options: RoomOptions = {}): SessionRoom {
  return { parts, memo: createMemo(), carrier: cookieCarrier(parts.cookie, parts.legacy), ...options };
}

/** What a room may have beside its parts. */
export type RoomOptions = Partial<Pick<SessionRoom, "refresh" | "carrier" | "store">>;

/** What can renew this session; `undefined` where nothing can. */
export function refreshFor(room: SessionRoom, session: Session): Refresh | undefined {
  return session.refreshToken === undefined ? undefined : room.refresh;
}

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

/** What an answer to this request is made of. Default: a credential came with it, and no cookie goes back. */
export function answerTo(
  { parts, carrier }: SessionRoom,
  request: Request,
  background: Background | undefined,
  { cookies = [], sessionRead = true }: Partial<Pick<AnswerContext, "cookies" | "sessionRead">> = {},
): AnswerContext {
  const { loginPath, emit } = parts;
  const { varyBy, byHeader } = carrier;
  return { request, loginPath, cookies, sessionRead, emit, background, varyBy, byHeader };
}

/** How a session is named in events. */
export async function about(room: SessionRoom, session: Session): Promise<{ sessionId: string; userId: string }> {
  return { sessionId: await ledgerName(room.parts.realm, session.sessionId), userId: session.user.id };
}

export function refuse(
  room: SessionRoom,
  context: AnswerContext,
  reason: AnonymousReason,
  background: Background | undefined,
): Anonymous {
  // The renewal that found these out has already raised its own, named event.
  const announced = reason === "session_over" || reason === "stale" || reason === "refresh_lost";
  // Nothing was presented that could be refused: told by `deny`, as a public page may let them in.
  if (!announced && reason !== "no_credential" && reason !== "refresh_needed") {
    room.parts.emit({ type: reason }, background, context.request);
  }
  return anonymous(context, reason);
}

export function fail(
  room: SessionRoom,
  context: AnswerContext,
  failure: { readonly reason: UnavailableReason; readonly retryAfterSeconds?: number; readonly detail?: string },
  background: Background | undefined,
): Unavailable {
  const { reason, retryAfterSeconds = 1, detail } = failure;
  room.parts.emit({ type: reason, ...(detail !== undefined && { reason: detail }) }, background, context.request);
  return unavailable(context, reason, retryAfterSeconds);
}
