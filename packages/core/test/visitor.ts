import type { Session } from "../src/lib/session/session.js";
import type { AnswerContext } from "../src/lib/session/visitor-states.js";
import type { AccessTokenClaims } from "../src/lib/token/claims.js";

/** What a validation would have found: for tests of what is said to a visitor, and of what is asked of one. */
export const SESSION: Session = {
  accessToken: "a.b.c",
  sessionId: "s",
  user: { id: "user_ada" },
  createdAt: 1,
  expiresAt: 2_000_000_000,
  endsAt: 2_000_000_000,
  generation: 1,
};

export const SESSION_CLAIMS: AccessTokenClaims = { iss: "i", sub: "user_ada", exp: 2_000_000_000, iat: 1 };

export function answerContext(request: Request, cookies: readonly string[] = []): AnswerContext {
  return { request, loginPath: "/auth/login", cookies, sessionRead: true };
}
