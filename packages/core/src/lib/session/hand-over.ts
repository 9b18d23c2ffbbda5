import type { Background } from "../base/ports.js";
import { answerTo, refuse } from "./answer-to.js";
import { hostPlace } from "./host-realm.js";
import { claimPatiently, SILENT } from "./ledger-client.js";
import { ledgerName } from "./ledger-name.js";
import { present } from "./present.js";
import type { Anonymous, Authenticated, Unavailable } from "./request-auth.js";
import type { SessionRoom } from "./room.js";
import { openSuccessor } from "./sealed-store.js";
import type { Session } from "./session.js";
import { validateRequest } from "./validate-request.js";

/** `null`: the request carries no session that goes on. */
export type HandOver =
  | { readonly visitor: Authenticated; readonly session: Session }
  | { readonly visitor: Anonymous | Unavailable; readonly session: null };

/**
 * The session a request carries, with its tokens, for a cookie of another host. The ledger is asked although the token
 * lives: who has left on another host a moment ago must not be brought back by a cookie that does not know of it.
 */
export async function handOver(
  room: SessionRoom,
  request: Request,
  background: Background | undefined,
): Promise<HandOver> {
  const visitor = await validateRequest(room, request, "due", background);
  if (visitor.state !== "authenticated") return { visitor, session: null };
  const shown = await present(room, request, room.parts.runtime.now());
  // Ended between these two lines, by somebody else's request.
  if (!shown.ok) return { visitor: over(room, request, background), session: null };
  const session = await newestOf(room, shown.session, request);
  if (session === "over") return { visitor: over(room, request, background), session: null };
  // A ledger that is silent now is asked again by whoever takes the session over.
  return { visitor, session: session === SILENT ? shown.session : session };
}

/** What the ledger says of a session that is about to change hosts: its newest form, or that it is over. */
export async function newestOf(
  { parts, refresh }: SessionRoom,
  session: Session,
  request: Request,
): Promise<Session | "over" | typeof SILENT> {
  if (refresh === undefined) return session;
  const { keyring, realm, runtime } = parts;
  const name = await ledgerName(realm, session.sessionId);
  const place = await hostPlace(parts, request);
  const { generation, expiresAt: tokenExpiresAt, endsAt } = session;
  const claim = await claimPatiently(refresh.ledger, name, {
    presented: generation,
    held: generation,
    tokenExpiresAt,
    wait: false,
    endsAt,
    looks: true,
    ...(place !== undefined && { place }),
  });
  if (claim === SILENT) return SILENT;
  if (claim.role === "over") return "over";
  if (claim.role !== "adopt") return session;
  const successor = await openSuccessor(claim.successor, keyring, name, realm, runtime.now());
  // Sealed by a key that this instance does not have: the older one goes on as long as its token.
  return typeof successor === "string" ? session : successor;
}

function over(room: SessionRoom, request: Request, background: Background | undefined) {
  const context = answerTo(room, request, background, { cookies: room.carrier.clear(request) });
  return refuse(room, context, "session_over", background);
}
