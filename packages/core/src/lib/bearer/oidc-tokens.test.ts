import { describe, expect, inject, test } from "vitest";
import { ORIGIN } from "../../../test/auth-kit.js";
import { createPerson } from "../../../test/person.js";
import { createAuth } from "../auth/create-auth.js";
import type { AuditEvent } from "../base/ports.js";
import { oidc, oidcTokens } from "../provider/oidc.js";
import { createPkce } from "../provider/pkce.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { bearerTokens } from "./bearer-tokens.js";

const AUDIENCE = "https://api.example.com";
const CLIENT = {
  clientId: "web-post",
  clientSecret: "post-secret-1",
  redirectUri: `${ORIGIN}/auth/callback`,
  authorizationParameters: { prompt: "consent", resource: AUDIENCE },
} as const;

function appAt(issuer: string) {
  const events: AuditEvent[] = [];
  const api = oidcTokens({ issuer, audience: AUDIENCE });
  const auth = createAuth({
    keyring: parseSessionKeys(generateSessionKeys()),
    provider: oidc({ issuer, ...CLIENT }),
    bearer: bearerTokens({ routes: { "/api/*": "either" }, users: api, machines: api }),
    audit: { send: async (event) => void events.push(event) },
  });
  const ask = (token: string) =>
    auth.validateRequest(new Request(`${ORIGIN}/api/jobs`, { headers: { Authorization: `Bearer ${token}` } }));
  return { ask, events };
}

/** RFC 6749 §4.4, as a program does it. */
async function clientCredentials(issuer: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: "robot",
    client_secret: "robot-secret-1",
    scope: "jobs:run",
    resource: AUDIENCE,
  });
  const response = await fetch(`${issuer}/token`, { method: "POST", body });
  const answer = (await response.json()) as { access_token?: string };
  if (answer.access_token === undefined) throw new Error(`refused: ${response.status}`);
  return answer.access_token;
}

/** Both tokens of a person who signed in, for the same API. */
async function tokensOfPerson(issuer: string): Promise<{ readonly accessToken: string; readonly idToken: string }> {
  const { codeVerifier, codeChallenge } = await createPkce();
  const address = await oidc({ issuer, ...CLIENT }).authorizationUrl({ state: "s", codeChallenge });
  const back = await createPerson(issuer).visit(address);
  if (typeof back === "string") throw new Error(back);
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    code: back.searchParams.get("code") ?? "",
    code_verifier: codeVerifier,
    client_id: CLIENT.clientId,
    client_secret: CLIENT.clientSecret,
    redirect_uri: CLIENT.redirectUri,
    resource: AUDIENCE,
  });
  const response = await fetch(`${issuer}/token`, { method: "POST", body });
  const answer = (await response.json()) as { access_token: string; id_token: string };
  return { accessToken: answer.access_token, idToken: answer.id_token };
}

describe.each(Object.entries(inject("openidProviders")))(
  "header tokens of a provider that signs with %s",
  (_, issuer) => {
    test("JW-10 the ID token of a person is not their access token", async () => {
      const { ask, events } = appAt(issuer);
      const { idToken } = await tokensOfPerson(issuer);
      expect(await ask(idToken)).toMatchObject({ state: "anonymous", reason: "recipient_mismatch" });
      expect(events).toMatchObject([{ type: "recipient_mismatch" }]);
    });

    test("a program is a program, with the scopes it was granted", async () => {
      const { ask, events } = appAt(issuer);
      const visitor = await ask(await clientCredentials(issuer));
      expect(visitor).toMatchObject({ state: "machine", clientId: "robot", permissions: ["jobs:run"], roles: [] });
      expect(visitor.headers.getSetCookie()).toEqual([]);
      expect(events).toEqual([]);
    });

    test("a person is a person", async () => {
      const { ask } = appAt(issuer);
      const { accessToken } = await tokensOfPerson(issuer);
      expect(await ask(accessToken)).toMatchObject({
        state: "authenticated",
        user: { id: "ada" },
        credential: "header",
      });
    });
  },
);
