import type { Background, Emit } from "../base/ports.js";
import type { Anonymous, Unavailable } from "../session/request-auth.js";
import type { Revocation } from "../session/revocation.js";
import { type AnswerContext, anonymous, unavailable } from "../session/visitor-states.js";
import type { AccessTokenClaims } from "../token/claims.js";

/** No session of ours has an empty name, so this one is never ended by it. */
const NO_NAME = "";

export interface EndingParts {
  readonly realm: string;
  readonly emit: Emit;
  /** Absent: nothing is asked. */
  readonly revocation?: Pick<Revocation, "whenDown" | "check">;
}

/**
 * The answer to a token of somebody who was ended after it was issued, or of whom nobody can say; `null`: it counts. By its
 * `iat`, because a token is all there is: whoever may come again gets a new one.
 */
export async function refuseEnded(
  { realm, emit, revocation }: EndingParts,
  claims: AccessTokenClaims,
  { provider, context, background }: { provider: string; context: AnswerContext; background: Background | undefined },
): Promise<Anonymous | Unavailable | null> {
  if (revocation === undefined) return null;
  const { sub: userId, org_id, sid, iat } = claims;
  const about = { userId, ...(org_id !== undefined && { organizationId: org_id }) };
  // No ending could ever name such an id (RFC 8259 §8.2 lets JSON hold half a character).
  if (![userId, org_id ?? ""].every((id) => id.isWellFormed())) {
    emit({ type: "token_malformed" }, background, context.request);
    return anonymous(context, "token_malformed");
  }
  const asked = { ...about, name: NO_NAME, ...(sid !== undefined && { sid }), createdAt: iat, tokenIssuedAt: iat };
  const verdict = await revocation.check(asked, { realm, provider });
  if (verdict.state === "live") return null;
  if (verdict.state === "ended") {
    emit({ type: "revoked", reason: verdict.by, ...about }, background, context.request);
    return anonymous(context, "revoked");
  }
  emit({ type: "store_unreachable", reason: "revocation" }, background, context.request);
  return revocation.whenDown === "closed" ? unavailable(context, "store_unreachable", 1) : null;
}
