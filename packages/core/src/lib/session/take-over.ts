import { isAuthError } from "../base/errors.js";
import type { Background } from "../base/ports.js";
import { strangeSession } from "./check-token.js";
import { endReplaced } from "./end-session.js";
import { newestOf } from "./hand-over.js";
import { SILENT } from "./ledger-client.js";
import type { SessionRoom, Writing, Written } from "./room.js";
import type { Session } from "./session.js";
import { write } from "./write-session.js";

export interface HandedSession {
  readonly session: Session;
  /** Whether it is handed over for the first time; asked once nothing else speaks against it. */
  spend(): Promise<boolean | typeof SILENT>;
}

export type TakeOver =
  | { readonly ok: true; readonly cookies: readonly string[]; readonly session: Session }
  | {
      readonly ok: false;
      readonly reason: "session_over" | "session_strange" | "session_too_large" | "ticket_used" | "ledger_unreachable";
    };

/**
 * The host's own cookie of a session that began on another one: the same id, the same end, the same refreshes. Nothing
 * is spent by whoever may not have it.
 */
export async function takeOver(
  room: SessionRoom,
  request: Request,
  handed: HandedSession,
  background: Background | undefined,
): Promise<TakeOver> {
  const session = await newestOf(room, handed.session, request);
  if (session === SILENT) return { ok: false, reason: "ledger_unreachable" };
  const now = room.parts.runtime.now();
  if (session === "over" || now >= session.endsAt) return { ok: false, reason: "session_over" };
  // Tokens that every request here would refuse: two hosts that are not configured alike, which no sign-in mends.
  if (strangeSession(room.parts, session) !== null) return { ok: false, reason: "session_strange" };
  const written = await tryWrite(room, session, { now, request });
  if (written === null) return { ok: false, reason: "session_too_large" };
  if (written === "ended") return { ok: false, reason: "session_over" };
  const isFirst = await handed.spend();
  if (isFirst === SILENT) return { ok: false, reason: "ledger_unreachable" };
  if (!isFirst) return { ok: false, reason: "ticket_used" };
  await endReplaced(room, request, session, background);
  return { ok: true, cookies: written.cookies, session };
}

/** `null`: the cookies of this host cannot carry it, which another one has in a store. */
async function tryWrite(room: SessionRoom, session: Session, writing: Writing): Promise<Written | "ended" | null> {
  try {
    return await write(room, session, writing);
  } catch (error) {
    if (!isAuthError(error, "session_too_large")) throw error;
    return null;
  }
}
