import { createAuth, generateSessionKeys, parseSessionKeys, sealSession, sessionFromTokens } from "@edgeseal/core";
import { workos } from "@edgeseal/core/providers/workos";
import { clientId } from "./reference.mjs";

const cookieName = "__Host-session";
let keyring;

/** A new memo each time: a cookie of an earlier round is unknown to it. */
export async function createEdgeseal({ fetch, background }) {
  keyring ??= parseSessionKeys(generateSessionKeys());
  const redirectUri = "https://app.example.com/auth/callback";
  const auth = createAuth({ keyring, fetch, provider: workos({ clientId, apiKey: "sk_bench", redirectUri, fetch }) });
  const seal = (session) => sealSession(session, keyring, { cookieName });
  return {
    name: "edgeseal",
    prepare: (tokens) => sessionFromTokens(tokens),
    seal,
    cookie: async (session) => `${cookieName}=${await seal(session)}`,
    async open(request) {
      const visitor = await auth.validateRequest(request, background);
      if (visitor.state !== "authenticated") throw new Error(visitor.reason);
      return visitor;
    },
  };
}
