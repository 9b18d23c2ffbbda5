import type { AnonymousReason, UnavailableReason } from "../base/failure.js";
import type { Background } from "../base/ports.js";
import { ledgerName } from "./ledger-name.js";
import type { Anonymous, Unavailable } from "./request-auth.js";
import type { SessionRoom } from "./room.js";
import type { Session } from "./session.js";
import { type AnswerContext, anonymous, unavailable } from "./visitor-states.js";

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
