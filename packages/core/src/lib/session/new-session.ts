import type { Background } from "../base/ports.js";
import type { ProviderTokens } from "../provider/provider.js";
import { readToken } from "../token/read-token.js";
import { checkToken } from "./check-token.js";
import { isWritable } from "./codec.js";
import { deepFreeze } from "./freeze.js";
import { sessionFromTokens } from "./from-tokens.js";
import type { SessionRoom } from "./room.js";
import type { NewSession } from "./sessions.js";

const BAD: NewSession = { ok: false, reason: "bad_token_response" };

/** A session out of what the provider gave for a code. Nothing is stored; its token is verified like any other. */
export async function newSession(
  room: SessionRoom,
  tokens: ProviderTokens,
  background: Background | undefined,
): Promise<NewSession> {
  const { runtime, absoluteSeconds, emit } = room.parts;
  const { accessToken, refreshToken, user, impersonator } = tokens;
  // The person is who the signed token names; a user object beside it only adds a name and an address.
  const claims = readToken(accessToken)?.claims;
  if (user === undefined || claims?.sub !== user.id) return BAD;
  const now = runtime.now();
  const session = sessionFromTokens(
    { accessToken, user, ...(refreshToken !== undefined && { refreshToken }), ...(impersonator && { impersonator }) },
    { now: () => now, ...(absoluteSeconds !== undefined && { lifetimeSeconds: absoluteSeconds }) },
  );
  if (!isWritable(session)) return BAD;
  const checked = await checkToken(room.parts, session, undefined, now, background);
  if (checked.ok) return { ok: true, session: deepFreeze(session), claims: deepFreeze(checked.claims) };
  if ("down" in checked) {
    emit({ type: checked.down }, background);
    return { ok: false, reason: "provider_unreachable" };
  }
  const isSkewed = checked.reason === "token_expired" || checked.reason === "token_not_yet_valid";
  emit({ type: isSkewed ? "clock_skew" : checked.reason, reason: checked.reason }, background);
  return BAD;
}
