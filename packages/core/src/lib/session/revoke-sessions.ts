import { AuthError } from "../base/errors.js";
import type { Background } from "../base/ports.js";
import { scopeOf } from "./refuse-revoked.js";
import type { RevocationTarget } from "./revocation-target.js";
import type { SessionRoom } from "./room.js";

/** Who asked for it: code of the app, or word of the provider. */
export type RevokedBy = "app" | "backchannel_logout" | "workos_event";

/** Ends sessions before their time. Throws `AuthError` `store_unreachable` when that could not be recorded. */
export async function revokeSessions(
  room: SessionRoom,
  target: RevocationTarget,
  by: RevokedBy,
  background: Background | undefined,
  request?: Request,
): Promise<void> {
  const { parts, store } = room;
  const { revocation, runtime, emit } = parts;
  const now = runtime.now();
  const [inStore] = await Promise.all([
    store?.revoke(room, target, { now, request, background }),
    revocation?.end(target, scopeOf(parts), now),
  ]);
  if (revocation === undefined && inStore !== true) {
    throw new AuthError("config_invalid", "Nothing can be revoked: `createAuth` has no `revocation`.", {
      problems: ["`revocation` is missing: pass `createRevocation({ store, whenDown })`."],
    });
  }
  emit({ type: "sessions_revoked", reason: by, ...namedIn(target) }, background, request);
}

/** The provider's own session id stays out: whoever reads a log could end that session there. */
function namedIn(target: RevocationTarget): { userId?: string; organizationId?: string; sessionId?: string } {
  return {
    ...("userId" in target && target.userId !== undefined && { userId: target.userId }),
    ...("organizationId" in target && { organizationId: target.organizationId }),
    ...("sessionId" in target && { sessionId: target.sessionId }),
  };
}
