import type { ProviderTokens } from "../provider/provider.js";
import { readToken } from "../token/read-token.js";
import { isWritable } from "./codec.js";
import { plainImpersonator, plainUser } from "./plain-user.js";
import type { Session } from "./session.js";

export type NextSession =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly problem: "token_malformed" | "other_user" | "other_organization" | "unwritable" };

/**
 * The session after a refresh. The new token's form, person, organisation and end are checked here, before anything is
 * settled; its signature afterwards, because keys that cannot be reached must not cost the new tokens.
 */
export function nextSession(held: Session, answer: ProviderTokens, organizationId: string | undefined): NextSession {
  const claims = readToken(answer.accessToken)?.claims;
  if (!claims) return { ok: false, problem: "token_malformed" };
  if (claims.sub !== held.user.id) return { ok: false, problem: "other_user" };
  const wanted = organizationId ?? held.organizationId;
  if (wanted !== undefined && claims.org_id !== wanted) return { ok: false, problem: "other_organization" };
  const { organizationId: _, refreshToken: __, ...rest } = held;
  const refreshToken = answer.refreshToken ?? held.refreshToken;
  const impersonator = answer.impersonator ?? held.impersonator;
  const session: Session = {
    ...rest,
    accessToken: answer.accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    user: answer.user?.id === held.user.id ? plainUser(answer.user) : held.user,
    ...(claims.org_id !== undefined && { organizationId: claims.org_id }),
    ...(impersonator && { impersonator: plainImpersonator(impersonator) }),
    expiresAt: claims.exp,
    generation: held.generation + 1,
  };
  return isWritable(session) ? { ok: true, session } : { ok: false, problem: "unwritable" };
}

/** The session as it is, with the refresh token of an answer that was good for nothing else; `null` without a new one. */
export function withRefreshToken(held: Session, { refreshToken }: ProviderTokens): Session | null {
  if (refreshToken === undefined || refreshToken === held.refreshToken) return null;
  const session = { ...held, refreshToken, generation: held.generation + 1 };
  return isWritable(session) ? session : null;
}
