import { base64url, utf8 } from "../src/lib/base/bytes.js";
import { createSigner as createPublishedSigner, type Signer as PublishedSigner } from "../src/lib/testing/signer.js";

/** Epoch seconds at which the tests of tokens and keys play. */
export const NOW = 1_800_000_000;
export const CLIENT_ID = "client_01TESTTESTTEST";
export const ISSUER = `https://api.workos.com/user_management/${CLIENT_ID}`;
export const JWKS_URL = `https://api.workos.com/sso/jwks/${CLIENT_ID}`;

export const CLAIMS = {
  iss: ISSUER,
  sub: "user_01",
  sid: "session_01",
  client_id: CLIENT_ID,
  org_id: "org_01",
  role: "admin",
  permissions: ["projects:read", "projects:write"],
  iat: NOW - 10,
  exp: NOW + 290,
} as const;

export interface Signer extends PublishedSigner {
  readonly privateJwk: Readonly<Record<string, unknown>>;
}

/** A fresh key pair that signs as a provider does. */
export async function createSigner(kid: string, alg: Signer["alg"] = "RS256", modulusLength = 2048): Promise<Signer> {
  const signer = await createPublishedSigner(kid, alg, modulusLength);
  const members = (await crypto.subtle.exportKey("jwk", signer.pair.privateKey)) as Record<string, unknown>;
  return { ...signer, privateJwk: { ...members, kid, alg } };
}

/** A token text that nobody signed: a key name and a signature of the usual length, both made up. */
export function unsignedToken(header: object, claims: object = CLAIMS, signatureLength = 256): string {
  const part = (value: object) => base64url(utf8(JSON.stringify(value)));
  return `${part(header)}.${part(claims)}.${base64url(new Uint8Array(signatureLength).fill(7))}`;
}

export function jwksOf(...signers: readonly Pick<Signer, "jwk">[]): string {
  return JSON.stringify({ keys: signers.map((signer) => signer.jwk) });
}
