import { MAX_ADDRESS_LENGTH, MAX_USER_AGENT_LENGTH, oneLine } from "../audit/event.js";
import { isText } from "../base/json.js";
import type { Background } from "../base/ports.js";
import type { ListedRecord } from "../base/session-home.js";
import { answerTo, fail } from "./answer-to.js";
import type { DeviceSession, SessionList } from "./device-sessions.js";
import { failureOf } from "./failure-of.js";
import { ledgerName } from "./ledger-name.js";
import type { Authenticated, RequestAuth, Unavailable } from "./request-auth.js";
import type { SessionRoom } from "./room.js";
import type { Shelves } from "./store.js";
import { validateRequest } from "./validate-request.js";
import { cookiesOf } from "./visitor-states.js";

const MAX_LABEL_LENGTH = 100;

/** The shelf of the person who asks, and nobody else's. */
export interface OwnShelf {
  readonly auth: Authenticated;
  readonly person: string;
  /** Ledger name of the session that asks. */
  readonly current: string;
}

/** What sessions the person has who asks; `null` where no store can say. */
export async function listSessions(
  room: SessionRoom,
  shelves: Shelves,
  request: Request,
  background: Background | undefined,
): Promise<SessionList | null> {
  const auth = await validateRequest(room, request, "due", background);
  if (auth.state !== "authenticated") return { ok: false, auth };
  try {
    const own = await ownShelf(room, shelves, auth);
    if (own === null) return null;
    const listed = await recordsOf(shelves, own);
    return { ok: true, auth, sessions: listed.map((record) => shown(record, own, shelves)) };
  } catch (error) {
    return { ok: false, auth: storeFailed(room, auth, error, { request, background }) };
  }
}

/** `null` where what lies on it cannot be listed. Throws as the store does. */
export async function ownShelf(room: SessionRoom, shelves: Shelves, auth: Authenticated): Promise<OwnShelf | null> {
  const [person, current] = await Promise.all([
    shelves.personOf(auth.user.id),
    ledgerName(room.parts.realm, auth.sessionId),
  ]);
  return shelves.canList(person) ? { auth, person, current } : null;
}

/** Throws `AuthError` `store_unreachable`. */
export function recordsOf(shelves: Shelves, { person }: OwnShelf): Promise<readonly ListedRecord[]> {
  return shelves.ask(person, async (shelf) => (await shelf.list?.()) ?? []);
}

/** Who asked stays signed in, and gets whatever cookie or header was due. Throws what is no outage. */
export function storeFailed(
  room: SessionRoom,
  auth: RequestAuth,
  error: unknown,
  { request, background }: { readonly request: Request; readonly background: Background | undefined },
): Unavailable {
  const reason = failureOf(error);
  if (reason === null) throw error;
  const context = answerTo(room, request, background, { cookies: cookiesOf(auth) });
  return fail(room, context, { reason, detail: "sessions" }, background);
}

/** A client says of itself what it likes, so its words are cut to one line here, whatever the store holds. */
function shown(record: ListedRecord, { current }: OwnShelf, { deviceLabel }: Shelves): DeviceSession {
  const { name, createdAt, seenAt, organizationId } = record;
  const userAgent = record.userAgent === undefined ? "" : oneLine(record.userAgent, MAX_USER_AGENT_LENGTH);
  const ipAddress = record.ipAddress === undefined ? "" : oneLine(record.ipAddress, MAX_ADDRESS_LENGTH);
  const device = labelOf(userAgent, deviceLabel);
  return {
    id: name,
    createdAt,
    seenAt,
    ...(device !== undefined && { device }),
    ...(userAgent !== "" && { userAgent }),
    ...(ipAddress !== "" && { ipAddress }),
    ...(organizationId !== undefined && { organizationId }),
    current: name === current,
  };
}

/** `undefined`: nothing to show. */
function labelOf(userAgent: string, label: Shelves["deviceLabel"]): string | undefined {
  if (label === undefined || userAgent === "") return undefined;
  try {
    const device = label(userAgent);
    return isText(device) ? oneLine(device, MAX_LABEL_LENGTH) : undefined;
  } catch {
    return undefined; // whatever somebody's parser throws: a client must not hide the whole list behind a text
  }
}
