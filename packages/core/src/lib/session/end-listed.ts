import type { Background } from "../base/ports.js";
import type { EndedRecord, EndedWhich } from "../base/session-home.js";
import { answerTo } from "./answer-to.js";
import type { SessionsEnded, WhichSessions } from "./device-sessions.js";
import { followEndings } from "./follow-endings.js";
import { type OwnShelf, ownShelf, recordsOf, storeFailed } from "./list-sessions.js";
import type { Anonymous, Authenticated } from "./request-auth.js";
import type { SessionRoom } from "./room.js";
import type { Shelves } from "./store.js";
import { validateRequest } from "./validate-request.js";
import { anonymous } from "./visitor-states.js";

interface Asked {
  readonly request: Request;
  readonly background: Background | undefined;
}

/**
 * Ends sessions of the person who asks: one, by its ledger name, or all (but the one that asks). Once the store has recorded
 * it they are refused; then, in the background, they end in the ledger and at the provider. `null` where no store can say
 * what sessions there are.
 */
export async function endListed(
  room: SessionRoom,
  shelves: Shelves,
  which: string | WhichSessions,
  asked: Asked,
): Promise<SessionsEnded | null> {
  const { request, background } = asked;
  const auth = await validateRequest(room, request, "due", background);
  if (auth.state === "anonymous") return { ok: false, reason: "unauthenticated", auth };
  if (auth.state === "unavailable") return { ok: false, reason: "unavailable", auth };
  try {
    const own = await ownShelf(room, shelves, auth);
    if (own === null) return null;
    const meant = await namedOn(shelves, own, which);
    if (meant === null) return { ok: false, reason: "not_found", auth };
    const ended = await shelves.askFirmly(own.person, (shelf) => shelf.end(meant));
    return await afterwards(room, { own, meant, ended }, asked);
  } catch (error) {
    return { ok: false, reason: "unavailable", auth: storeFailed(room, auth, error, asked) };
  }
}

/** Looked up first: an ending is remembered for as long as a session may last, and names can be made up without end. */
async function namedOn(shelves: Shelves, own: OwnShelf, which: string | WhichSessions): Promise<EndedWhich | null> {
  if (typeof which !== "string") return { kind: "all", ...(which.except === "current" && { except: own.current }) };
  const listed = await recordsOf(shelves, own);
  return listed.some(({ name }) => name === which) ? { kind: "name", name: which } : null;
}

interface Endings {
  readonly own: OwnShelf;
  readonly meant: EndedWhich;
  readonly ended: readonly EndedRecord[];
}

async function afterwards(room: SessionRoom, { own, meant, ended }: Endings, asked: Asked): Promise<SessionsEnded> {
  const { request, background } = asked;
  const { auth, current } = own;
  const { id: userId } = auth.user;
  const one = meant.kind === "name" && { sessionId: meant.name };
  room.parts.emit(
    {
      type: "sessions_revoked",
      reason: "person",
      userId,
      ...one,
      detail: `by session ${current}`,
      count: ended.length,
    },
    background,
    request,
  );
  const isOver = meant.kind === "name" ? meant.name === current : meant.kind === "all" && meant.except !== current;
  const keptSid = isOver ? undefined : auth.claims.sid;
  await followEndings(room, ended, { userId, keptSid, request, background });
  return { ok: true, ended: ended.length, auth: isOver ? signedOut(room, auth, asked) : auth };
}

function signedOut(room: SessionRoom, auth: Authenticated, { request, background }: Asked): Anonymous {
  room.memo.forget(auth.sessionId);
  return anonymous(answerTo(room, request, background, { cookies: room.carrier.clear(request) }), "session_over");
}
