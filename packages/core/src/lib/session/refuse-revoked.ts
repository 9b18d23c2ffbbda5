import type { AuditFact, Background } from "../base/ports.js";
import type { AccessTokenClaims } from "../token/claims.js";
import { readToken } from "../token/read-token.js";
import { fail } from "./answer-to.js";
import { ledgerName } from "./ledger-name.js";
import type { RequestAuth } from "./request-auth.js";
import type { Revocation, RevocationVerdict } from "./revocation.js";
import type { RevocationScope } from "./revocation-names.js";
import type { SessionRoom, Visit } from "./room.js";
import type { Session } from "./session.js";
import type { SessionParts } from "./session-parts.js";
import { type AnswerContext, anonymous } from "./visitor-states.js";

/** The answer to a session that somebody ended, or of which nobody can say and none is to go on; `null`: it goes on. */
export async function refuseRevoked(
  room: SessionRoom,
  visit: Visit,
  context: AnswerContext,
  background: Background | undefined,
): Promise<RequestAuth | null> {
  const { parts, carrier, memo } = room;
  const { revocation, emit } = parts;
  if (revocation === undefined) return null;
  const { request, session, shown } = visit;
  const claims = shown.remembered?.session === session ? shown.remembered.claims : undefined;
  const { verdict, about } = await askRevocation(parts, revocation, session, claims);
  if (verdict.state === "live") return null;
  if (verdict.state === "unreachable") {
    const failure = { reason: "store_unreachable", detail: "revocation" } as const;
    if (revocation.whenDown === "closed") return fail(room, context, failure, background);
    emit({ type: failure.reason, reason: failure.detail }, background, request);
    return null;
  }
  memo.forget(session.sessionId);
  const ended = shown.vessel.end?.(room, session, background);
  if (ended) background?.waitUntil(ended);
  emit({ type: "revoked", reason: verdict.by, ...about }, background, request);
  // The log-out's own answer took the cookie back. Who asks with it still left before that answer came, and a deletion now
  // would take away the cookie of a new sign-in.
  const cookies = verdict.isItsOwn ? [] : carrier.clear(request);
  return anonymous({ ...context, cookies }, "revoked");
}

/** What was ended of this session, and how events name it. `claims`: of its token, where they are at hand. */
export async function askRevocation(
  parts: SessionParts,
  revocation: Revocation,
  session: Session,
  claims: AccessTokenClaims | undefined = readToken(session.accessToken)?.claims,
): Promise<{ readonly verdict: RevocationVerdict; readonly about: SessionFacts }> {
  const { user, createdAt, organizationId } = session;
  const name = await ledgerName(parts.realm, session.sessionId);
  const whom = { userId: user.id, ...(organizationId !== undefined && { organizationId }) };
  const verdict = await revocation.check(
    {
      name,
      ...whom,
      ...(claims?.sid !== undefined && { sid: claims.sid }),
      createdAt,
      tokenIssuedAt: claims?.iat ?? createdAt,
    },
    scopeOf(parts),
  );
  return { verdict, about: { sessionId: name, ...whom } };
}

type SessionFacts = Pick<AuditFact, "sessionId" | "userId" | "organizationId">;

/** Whose ids they are that sessions of this configuration are ended by. */
export function scopeOf({ realm, trust }: Pick<SessionParts, "realm" | "trust">): RevocationScope {
  return { realm, provider: trust.name };
}
