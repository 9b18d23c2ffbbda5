import { AuthError } from "../base/errors.js";
import type { Sessions } from "../session/sessions.js";
import type { Auth } from "./auth.js";

/** What code of the app asks of a person's own sessions. To list or end none, and to say nothing, would look like success. */
export function deviceMethods(sessions: Sessions): Pick<Auth, "sessions" | "endSession" | "endSessions"> {
  return {
    sessions: async (request, background) => (await sessions.list(request, background)) ?? refuse(),
    endSession: async (request, id, background) => (await sessions.endListed(request, id, background)) ?? refuse(),
    async endSessions(request, { except }, background) {
      // Reached from JavaScript: whoever means another one would end them all.
      if (except !== "current" && except !== "none") throw new RangeError('`except` must be "current" or "none".');
      return (await sessions.endListed(request, { except }, background)) ?? refuse();
    },
  };
}

function refuse(): never {
  throw new AuthError(
    "config_invalid",
    "Nobody can say what sessions there are: `createAuth` has no `store` that lists.",
    {
      problems: [
        "`store` must be `opaqueStore({ home })` with the namespace of `SessionObject`: KV cannot list, and `too_large` not all.",
      ],
    },
  );
}
