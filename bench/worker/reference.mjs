// The session every contestant carries: a 1.2 KB RS256 access token with 12 permissions, a refresh token, a user.
import { base64url, SignJWT } from "jose";

const RS256 = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const kid = "sso_oidc_key_pair_01HZX3Q9S7N5V8W2B4D6F0G1J4";

export const clientId = "client_01HZX3Q9S7N5V8W2B4D6F0G1J3";
export const issuer = `https://api.workos.com/user_management/${clientId}`;
export const userId = "user_01HZX3Q9S7N5V8W2B4D6F0G1J5";

/** A new pair for each run, the private half as JSON for an environment variable. */
export async function makeSigningKey() {
  const { privateKey } = await crypto.subtle.generateKey(RS256, true, ["sign", "verify"]);
  return JSON.stringify(await crypto.subtle.exportKey("jwk", privateKey));
}

export async function createIssuer(signingKey) {
  const jwk = JSON.parse(signingKey);
  const privateKey = await crypto.subtle.importKey("jwk", jwk, RS256, false, ["sign"]);
  const { kty, n, e } = jwk;
  return {
    jwks: { keys: [{ kty, n, e, kid, alg: "RS256", use: "sig" }] },
    /** What the provider answers to visitor `number`, as its SDK hands it over. */
    async makeTokens(number, { permissions = permissionsOf(12), expiresIn = 3600 } = {}) {
      const unique = String(number).padStart(6, "0");
      const exp = Math.floor(Date.now() / 1000) + expiresIn;
      const claims = {
        iss: issuer,
        sub: userId,
        sid: `session_01HZX3Q9S7N5V8W2B4D6${unique}`,
        jti: `01HZX3Q9S7N5V8W2B4D6${unique}`,
        client_id: clientId,
        auth_time: exp - 3600,
        org_id: "org_01HZX3Q9S7N5V8W2B4D6F0G1J6",
        role: "editor",
        roles: ["editor"],
        permissions,
        iat: exp - 3600,
        exp,
      };
      const accessToken = await new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", typ: "JWT", kid })
        .sign(privateKey);
      return { accessToken, refreshToken: `refresh_01HZX3Q9S7N5V8W2B4D6${unique}`, user };
    },
  };
}

const user = {
  object: "user",
  id: userId,
  email: "ada.byron@harbour-office.example",
  emailVerified: true,
  firstName: "Ada",
  lastName: "Byron",
  profilePictureUrl: "https://workoscdn.example/images/v1/01HZX3Q9S7N5V8W2B4D6F0G1J7.png",
  lastSignInAt: "2026-06-01T08:00:00.000Z",
  locale: "en-GB",
  createdAt: "2026-01-15T12:30:00.000Z",
  updatedAt: "2026-06-01T08:00:00.000Z",
  externalId: null,
  metadata: {},
};

const verbs = ["read", "write", "delete", "archive", "export", "invite", "approve", "share", "comment", "restore"];
const things = (
  "projects members billing reports invoices contracts tickets webhooks domains exports alerts budgets calendars channels " +
  "customers dashboards documents environments events features folders groups incidents integrations issues keys licenses " +
  "locations messages orders payments pipelines products queues releases roles schedules segments templates workflows"
).split(" ");

/** Up to 400 names. The first twelve are those of the reference session: four things, three verbs each. */
export function permissionsOf(count) {
  const pairs = (some, actions) => some.flatMap((thing) => actions.map((verb) => `${thing}:${verb}`));
  const all = new Set([...pairs(things.slice(0, 4), verbs.slice(0, 3)), ...pairs(things, verbs)]);
  return [...all].slice(0, count);
}

/** The claims of one token under the signature of another. */
export function forge(token, other) {
  return `${token.slice(0, token.lastIndexOf("."))}.${other.slice(other.lastIndexOf(".") + 1)}`;
}

export function makeSecret() {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
}
