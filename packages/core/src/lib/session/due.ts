import { readToken } from "../token/read-token.js";
import type { Session } from "./session.js";

/** Applied when nothing was configured. */
const BUFFER_SECONDS = 60;
/** WorkOS' default; a buffer of a minute would be a fifth of that life. */
const SHORT_LIFE_SECONDS = 300;
const SHORT_LIFE_BUFFER_SECONDS = 30;

/**
 * How many seconds before its end this session's token is renewed: the buffer, never more than a quarter of the token's
 * life, plus up to a tenth that depends on the session, so that sessions made together do not all expire together.
 */
export function refreshBuffer(session: Session, configured: number | undefined): number {
  const issuedAt = readToken(session.accessToken)?.claims.iat;
  const life = issuedAt === undefined ? Number.POSITIVE_INFINITY : session.expiresAt - issuedAt;
  const wanted = configured ?? (life <= SHORT_LIFE_SECONDS ? SHORT_LIFE_BUFFER_SECONDS : BUFFER_SECONDS);
  const buffer = Math.max(0, Math.min(wanted, life / 4));
  return buffer + (buffer / 10) * spread(session.sessionId);
}

/** Whether it is time to renew. An ended token is due whatever the buffer, which may be nothing at all. */
export function isDue(session: Session, configured: number | undefined, now: number): boolean {
  const left = session.expiresAt - now;
  if (left <= 0) return true;
  // No session is due with this much left: spares the hot path a look into the token.
  const longest = (configured ?? BUFFER_SECONDS) * 1.1;
  return left < longest && left < refreshBuffer(session, configured);
}

/** From 0 to 1, the same for one session everywhere. Session ids are random, so two characters are spread enough. */
function spread(sessionId: string): number {
  return ((sessionId.charCodeAt(0) * 31 + sessionId.charCodeAt(1) * 17) % 128) / 128;
}
