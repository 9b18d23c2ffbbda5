import { createAuth, parseSessionKeys, sealSession, sessionFromTokens, unsealSession } from "@edgeseal/core";
import { workos } from "@edgeseal/core/providers/workos";

const cookieName = "__Host-session";

export const edgeseal = {
  name: "edgeseal",
  cookieName,
  /** A new memo each time: a cookie of an earlier round is unknown to it. */
  create({ SESSION_KEYS, WORKOS_CLIENT_ID, WORKOS_API_KEY, WORKOS_REDIRECT_URI, WORKOS_API_URL }, background) {
    const keyring = parseSessionKeys(SESSION_KEYS);
    const provider = workos({
      clientId: WORKOS_CLIENT_ID,
      apiKey: WORKOS_API_KEY,
      redirectUri: WORKOS_REDIRECT_URI,
      apiUrl: WORKOS_API_URL,
    });
    const auth = createAuth({ keyring, provider });
    return {
      prepare: (tokens) => sessionFromTokens(tokens),
      seal: (session) => sealSession(session, keyring, { cookieName }),
      async unseal(text) {
        const opened = await unsealSession(text, keyring, { cookieName });
        if (!opened.ok) throw new Error(opened.reason);
        return opened.session;
      },
      async authenticate(request) {
        const visitor = await auth.validateRequest(request, background);
        if (visitor.state !== "authenticated") throw new Error(visitor.reason);
        return { userId: visitor.user.id, permissions: visitor.permissions };
      },
    };
  },
};
