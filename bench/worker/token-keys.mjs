// Checks an access token as the usual Worker does: jose, and the provider's keys from memory, else KV, else the provider.
// For the contestants that check none themselves.
import { createLocalJWKSet, jwtVerify } from "jose";
import { clientId, issuer } from "./reference.mjs";

const SECONDS = 300;
const entry = "jwks";

export function createTokenVerifier({ AUTH_KV, WORKOS_API_URL }) {
  let known;
  return async function verify(token) {
    if (!known || known.until < Date.now())
      known = { keys: createLocalJWKSet(await readKeys()), until: Date.now() + SECONDS * 1000 };
    const { payload } = await jwtVerify(token, known.keys, { issuer, algorithms: ["RS256"] });
    if (payload.client_id !== clientId) throw new Error("made for somebody else");
    return payload;
  };

  async function readKeys() {
    const stored = await AUTH_KV.get(entry);
    if (stored !== null) return JSON.parse(stored);
    const answer = await fetch(`${WORKOS_API_URL}/sso/jwks/${clientId}`);
    if (!answer.ok) throw new Error(`keys: ${answer.status}`);
    const text = await answer.text();
    await AUTH_KV.put(entry, text, { expirationTtl: SECONDS });
    return JSON.parse(text);
  }
}
