import { cookieCarrier } from "./carrier.js";
import { createMemo } from "./memo.js";
import type { Refresh, SessionRoom } from "./room.js";
import type { Session } from "./session.js";
import type { SessionParts } from "./session-parts.js";

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
