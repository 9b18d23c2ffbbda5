import { AuthError } from "../base/errors.js";
import { createRoom, type RoomOptions } from "./create-room.js";
import { isDue, refreshBuffer } from "./due.js";
import { endReplaced, endSession } from "./end-session.js";
import { newSession } from "./new-session.js";
import { renew } from "./refresh.js";
import { renewVisit } from "./renew-visit.js";
import { revokeSessions } from "./revoke-sessions.js";
import type { Refresh } from "./room.js";
import type { SessionParts } from "./session-parts.js";
import type { Sessions } from "./sessions.js";
import { switchOrganization } from "./switch-organization.js";
import { validateRequest } from "./validate-request.js";
import { write } from "./write-session.js";

/**
 * The sessions of one configuration. Everything it remembers belongs to the object it returns. `carrier`: how a credential
 * travels. Default: in a cookie. `store`: where sessions lie. Default: in what travels.
 */
export function createSessions(parts: SessionParts, options: Omit<RoomOptions, "refresh"> = {}): Sessions {
  const { runtime } = parts;
  const { store } = options;
  const refresh = refreshOf(parts);
  const room = createRoom(parts, { ...options, ...(refresh && { refresh }) });
  return {
    validate: (request, background) => validateRequest(room, request, "due", background),
    refresh: (request, background) => validateRequest(room, request, "forced", background),
    switchOrganization: (request, organizationId, background) =>
      switchOrganization(room, request, organizationId, background),
    fromTokens: (tokens, background) => newSession(room, tokens, background),
    async begin(request, session, background) {
      const written = await write(room, session, { now: runtime.now(), request });
      // Nobody can have ended a session that has just begun: this store is not to be believed.
      if (written === "ended") throw new AuthError("store_unreachable", "The store ended a session that is new.");
      await endReplaced(room, request, session, background);
      return written.cookies;
    },
    inRoom: (use) => use(room),
    end: (request, background) => endSession(room, request, background),
    list: async (request, background) => (await store?.list(room, request, background)) ?? null,
    endListed: async (request, which, background) =>
      (await store?.endListed(room, which, { request, background })) ?? null,
    ...(store && { renewStored: (record, background) => store.renew(room, record, background) }),
    revoke: (target, by, background, request) => revokeSessions(room, target, by, background, request),
  };
}

function refreshOf({ keyring, realm, realmAt, knowsHost, runtime, emit, renewal }: SessionParts): Refresh | undefined {
  if (renewal === undefined) return undefined;
  const hosts = { ...(realmAt && { realmAt }), ...(knowsHost && { knowsHost }) };
  const parts = { ...renewal, keyring, realm, runtime, emit, ...hosts };
  const { bufferSeconds } = renewal;
  return {
    ...parts,
    renew: (request, background) => renew(parts, request, background),
    renewVisit,
    isDue: (session, now) => isDue(session, bufferSeconds, now),
    isAboutToCome: (session, now) => session.expiresAt - now < 2 * refreshBuffer(session, bufferSeconds),
  };
}
