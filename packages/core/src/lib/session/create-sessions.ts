import { isDue, refreshBuffer } from "./due.js";
import { endReplaced, endSession } from "./end-session.js";
import { newSession } from "./new-session.js";
import { renew } from "./refresh.js";
import { renewVisit } from "./renew-visit.js";
import { revokeSessions } from "./revoke-sessions.js";
import type { SessionParts } from "./session-parts.js";
import { createRoom, type Refresh, write } from "./session-room.js";
import type { Sessions } from "./sessions.js";
import { switchOrganization } from "./switch-organization.js";
import { validateRequest } from "./validate-request.js";

/** The sessions of one configuration. Everything it remembers belongs to the object it returns. */
export function createSessions(parts: SessionParts): Sessions {
  const { runtime } = parts;
  const room = createRoom(parts, refreshOf(parts));
  return {
    validate: (request, background) => validateRequest(room, request, "due", background),
    refresh: (request, background) => validateRequest(room, request, "forced", background),
    switchOrganization: (request, organizationId, background) =>
      switchOrganization(room, request, organizationId, background),
    fromTokens: (tokens, background) => newSession(room, tokens, background),
    async begin(request, session, background) {
      const { cookies } = await write(room, session, runtime.now(), request);
      await endReplaced(room, request, session, background);
      return cookies;
    },
    end: (request, background) => endSession(room, request, background),
    revoke: (target, by, background, request) => revokeSessions(parts, target, by, background, request),
  };
}

function refreshOf({ keyring, realm, runtime, emit, renewal }: SessionParts): Refresh | undefined {
  if (renewal === undefined) return undefined;
  const parts = { ...renewal, keyring, realm, runtime, emit };
  const { bufferSeconds } = renewal;
  return {
    ...parts,
    renew: (request, background) => renew(parts, request, background),
    renewVisit,
    isDue: (session, now) => isDue(session, bufferSeconds, now),
    isAboutToCome: (session, now) => session.expiresAt - now < 2 * refreshBuffer(session, bufferSeconds),
  };
}
