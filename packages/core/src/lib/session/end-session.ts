import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import type { Background } from "../base/ports.js";
import { readToken } from "../token/read-token.js";
import { strangeSession } from "./check-token.js";
import { tellFailure } from "./failure-of.js";
import { SILENT, settleFirmly } from "./ledger-client.js";
import { ledgerName } from "./ledger-name.js";
import { present } from "./present.js";
import { scopeOf } from "./refuse-revoked.js";
import { revoke } from "./revoke.js";
import type { ConnectedStore, Presentation, SessionRoom } from "./room.js";
import type { Session } from "./session.js";
import type { EndedSession } from "./sessions.js";

/** How long a log-out waits for the ledger, and without a background for the provider. The ending itself goes on. */
const ENDING_MILLISECONDS = 3_000;

/**
 * Log-out: the ledger first, so that a refresh in flight cannot bring the session back; then the provider, in the
 * background; the cookie always. Never throws: a person who wants to leave is let go in every state.
 */
export async function endSession(
  room: SessionRoom,
  request: Request,
  background: Background | undefined,
): Promise<EndedSession> {
  const shown = await tryPresent(room, request, background);
  if (shown === null) endUnseen(room, request, background);
  const twins =
    shown === null || shown.ok || (shown.reason !== "ambiguous_cookie" && shown.reason !== "bad_chunks")
      ? []
      : shown.cookies;
  const cookies = [...twins, ...room.carrier.clear(request)];
  if (shown?.session === undefined || strangeSession(room.parts, shown.session) !== null) return { cookies };
  const { session } = shown;
  const sid = sidOf(session);
  const known = sid === undefined ? { cookies } : { cookies, sid };
  // Who shows a cookie that no longer opens may have stolen it long ago: that is no reason to put its owner out. The
  // provider's own log-out page, for which the answer has the `sid`, ends it for whoever is signed in there.
  if (!shown.ok) return known;
  const ended = await tryEnding(room, session, { request, background });
  if (ended === null || ended.wasOver) return known;
  const { name } = ended;
  const { user, organizationId } = session;
  return { ...known, name, userId: user.id, ...(organizationId !== undefined && { organizationId }) };
}

/** A new sign-in ends the session the browser had before, so that nobody goes on with a session planted there. */
export async function endReplaced(
  room: SessionRoom,
  request: Request,
  next: Session,
  background: Background | undefined,
): Promise<void> {
  const shown = await tryPresent(room, request, background);
  if (shown === null) endUnseen(room, request, background);
  if (!shown?.ok || strangeSession(room.parts, shown.session) !== null) return;
  const before = shown.session;
  if (before.sessionId === next.sessionId) return;
  // The same session at the provider, in which the person signed in again, must live on there. Without a `sid` nobody can
  // tell, and revoking the old refresh token would at many providers end the new one's grant.
  const staysAtProvider = before.user.id === next.user.id && sidOf(before) === sidOf(next);
  await endFirmly(room, before, { request, background, staysAtProvider });
}

interface Asked {
  readonly request: Request;
  readonly background: Background | undefined;
}

/**
 * Ends it in the ledger, for which the answer waits, so that no refresh in flight comes after it; then at the provider, in
 * the background where there is one. `wasOver`: it had been ended before.
 */
async function endFirmly(
  room: SessionRoom,
  session: Session,
  { request, background, staysAtProvider = false }: Asked & { readonly staysAtProvider?: boolean },
): Promise<{ name: string; wasOver: boolean }> {
  room.memo.forget(session.sessionId);
  const name = await ledgerName(room.parts.realm, session.sessionId);
  const ended = endInLedger(room, session, name, { background, request });
  const revoked = ended.then((wasOver) => (wasOver || staysAtProvider ? undefined : endAtProvider(room, session)));
  const recorded = recordEnding(room, session, name, { background, request });
  background?.waitUntil(Promise.all([revoked, recorded]));
  const wasOver = await withDeadline(ended, ENDING_MILLISECONDS);
  if (wasOver === TIMED_OUT) {
    room.parts.emit({ type: "ledger_unreachable", reason: "ending", sessionId: name }, background, request);
  }
  await withDeadline(recorded, ENDING_MILLISECONDS);
  if (!background) await withDeadline(revoked, ENDING_MILLISECONDS);
  return { name, wasOver: wasOver === true };
}

/** `null`: the runtime could not even name it. Whoever leaves is let go. */
async function tryEnding(
  room: SessionRoom,
  session: Session,
  { request, background }: Asked,
): Promise<{ name: string; wasOver: boolean } | null> {
  try {
    return await endFirmly(room, session, { request, background });
  } catch (error) {
    tellFailure(room.parts.emit, error, { reason: "ending" }, { request, background });
    return null;
  }
}

/** So that a copy of the cookie is refused at once, and not only when it needs new tokens. Never rejects. */
async function recordEnding(
  { parts, store }: SessionRoom,
  session: Session,
  name: string,
  { request, background }: Asked,
): Promise<void> {
  const { user, createdAt, endsAt } = session;
  try {
    await Promise.all([
      parts.revocation?.endOwn({ name, userId: user.id, createdAt, endsAt }, scopeOf(parts)),
      store?.end(user.id, name),
    ]);
  } catch (error) {
    tellFailure(parts.emit, error, { reason: "ending", sessionId: name }, { request, background });
  }
}

/** A store that does not answer now may do so in a moment: whoever leaves does not wait for that. */
function endUnseen(room: SessionRoom, request: Request, background: Background | undefined): void {
  const read = room.carrier.read(request);
  const { store } = room;
  if (store === undefined || !read.ok || !store.holds(read.text)) return;
  background?.waitUntil(tryEndingUnseen(room, store, read.text, { request, background }));
}

async function tryEndingUnseen(
  room: SessionRoom,
  store: ConnectedStore,
  text: string,
  { request, background }: Asked,
): Promise<void> {
  try {
    for (const session of await store.endUnseen(room, text)) await endFirmly(room, session, { request, background });
  } catch (error) {
    tellFailure(room.parts.emit, error, { reason: "ending" }, { request, background });
  }
}

/** `true` when it had ended before. */
async function endInLedger(
  room: SessionRoom,
  session: Session,
  name: string,
  { request, background }: Asked,
): Promise<boolean> {
  if (room.refresh === undefined) return false;
  const settled = await settleFirmly(room.refresh.ledger, name, { kind: "ended", endsAt: session.endsAt });
  if (settled === SILENT) {
    room.parts.emit({ type: "ledger_unreachable", reason: "ending", sessionId: name }, background, request);
    return false;
  }
  return settled.accepted && settled.again === true;
}

async function endAtProvider({ refresh }: SessionRoom, session: Session): Promise<void> {
  if (refresh) await revoke(refresh.provider, session);
}

async function tryPresent(
  room: SessionRoom,
  request: Request,
  background: Background | undefined,
): Promise<Presentation | null> {
  try {
    return await present(room, request, room.parts.runtime.now(), false);
  } catch (error) {
    tellFailure(room.parts.emit, error, {}, { request, background });
    return null;
  }
}

function sidOf(session: Session): string | undefined {
  return readToken(session.accessToken)?.claims.sid;
}
