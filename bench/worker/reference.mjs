// The session every contestant carries: a 1.2 KB RS256 access token with 12 permissions, a refresh token, a user.
const encoder = new TextEncoder();
const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
export const clientId = "client_01HZX3Q9S7N5V8W2B4D6F0G1J3";
export const issuer = `https://api.workos.com/user_management/${clientId}`;
const kid = "sso_oidc_key_pair_01HZX3Q9S7N5V8W2B4D6F0G1J4";
const permissions = ["projects", "members", "billing", "reports"].flatMap((thing) =>
  ["read", "write", "delete"].map((verb) => `${thing}:${verb}`),
);

/** Random numbers exist only inside a request on Workers, so the signer is made there. */
export async function createIssuer() {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    { ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
  const { kty, n, e } = await crypto.subtle.exportKey("jwk", publicKey);
  return {
    publicKey,
    jwks: { keys: [{ kty, n, e, kid, alg: "RS256", use: "sig" }] },
    makeTokens: (number) => makeTokens(privateKey, number),
  };
}

async function makeTokens(privateKey, number) {
  const now = Math.floor(Date.now() / 1000);
  const unique = String(number).padStart(6, "0");
  const claims = {
    iss: issuer,
    sub: "user_01HZX3Q9S7N5V8W2B4D6F0G1J5",
    sid: `session_01HZX3Q9S7N5V8W2B4D6${unique}`,
    jti: `01HZX3Q9S7N5V8W2B4D6${unique}`,
    client_id: clientId,
    auth_time: now,
    org_id: "org_01HZX3Q9S7N5V8W2B4D6F0G1J6",
    role: "editor",
    roles: ["editor"],
    permissions,
    iat: now,
    exp: now + 3600,
  };
  const signed = `${segment({ alg: "RS256", typ: "JWT", kid })}.${segment(claims)}`;
  const signature = await crypto.subtle.sign(RS256, privateKey, encoder.encode(signed));
  return {
    accessToken: `${signed}.${base64url(new Uint8Array(signature))}`,
    refreshToken: `refresh_01HZX3Q9S7N5V8W2B4D6${unique}`,
    // As the provider's SDK hands it over.
    user: {
      object: "user",
      id: claims.sub,
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
    },
  };
}

function segment(value) {
  return base64url(encoder.encode(JSON.stringify(value)));
}

export function base64url(bytes) {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
