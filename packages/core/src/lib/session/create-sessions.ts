import { cookieCarrier } from "./carrier.js";
import { endReplaced, endSession } from "./end-session.js";
import { createMemo } from "./memo.js";
import { newSession } from "./new-session.js";
import type { SessionParts } from "./session-parts.js";
import { type SessionRoom, write } from "./session-room.js";
import type { Sessions } from "./sessions.js";
import { switchOrganization } from "./switch-organization.js";
import { validateRequest } from "./validate-request.js";

/** The sessions of one configuration. Everything it remembers belongs to the object it returns. */
export function createSessions(parts: SessionParts): Sessions {
  const { keyring, realm, runtime, emit, renewal } = parts;
  const room: SessionRoom = {
    parts,
    carrier: cookieCarrier(parts.cookie, parts.legacy),
    memo: createMemo(),
    ...(renewal && { refresh: { ...renewal, keyring, realm, runtime, emit } }),
  };
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
  };
}
