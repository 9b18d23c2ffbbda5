import { base64url, utf8 } from "../src/lib/base/bytes.js";

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

export interface Signer {
  readonly kid: string;
  readonly alg: "RS256" | "PS256" | "ES256" | "EdDSA";
  /** Public, as a JWKS holds it. */
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly privateJwk: Readonly<Record<string, unknown>>;
  sign(claims: object, header?: object): Promise<string>;
  /** Signs these two texts as they are. */
  signRaw(header: string, payload: string): Promise<string>;
}

const PARAMETERS = {
  RS256: {
    make: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
    sign: { name: "RSASSA-PKCS1-v1_5" },
  },
  PS256: {
    make: { name: "RSA-PSS", hash: "SHA-256", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
    sign: { name: "RSA-PSS", saltLength: 32 },
  },
  ES256: { make: { name: "ECDSA", namedCurve: "P-256" }, sign: { name: "ECDSA", hash: "SHA-256" } },
  EdDSA: { make: { name: "Ed25519" }, sign: { name: "Ed25519" } },
};

/** A fresh key pair that signs as a provider does. */
export async function createSigner(kid: string, alg: Signer["alg"] = "RS256", modulusLength = 2048): Promise<Signer> {
  const { make, sign } = PARAMETERS[alg];
  const parameters = "modulusLength" in make ? { ...make, modulusLength } : make;
  const pair = (await crypto.subtle.generateKey(parameters, true, ["sign", "verify"])) as CryptoKeyPair;
  const { kty, n, e, crv, x, y } = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as JsonWebKey;
  const publicMembers = JSON.parse(JSON.stringify({ kty, n, e, crv, x, y })) as Record<string, unknown>;
  const privateMembers = (await crypto.subtle.exportKey("jwk", pair.privateKey)) as Record<string, unknown>;

  async function signRaw(header: string, payload: string): Promise<string> {
    const input = `${base64url(utf8(header))}.${base64url(utf8(payload))}`;
    const signature = await crypto.subtle.sign(sign, pair.privateKey, utf8(input));
    return `${input}.${base64url(new Uint8Array(signature))}`;
  }

  return {
    kid,
    alg,
    jwk: { ...publicMembers, kid, alg, use: "sig" },
    privateJwk: { ...privateMembers, kid, alg },
    signRaw,
    sign: (claims, header = {}) => signRaw(JSON.stringify({ alg, typ: "JWT", kid, ...header }), JSON.stringify(claims)),
  };
}

/** A token text that nobody signed: a key name and a signature of the usual length, both made up. */
export function unsignedToken(header: object, claims: object = CLAIMS, signatureLength = 256): string {
  const part = (value: object) => base64url(utf8(JSON.stringify(value)));
  return `${part(header)}.${part(claims)}.${base64url(new Uint8Array(signatureLength).fill(7))}`;
}

export function jwksOf(...signers: readonly Pick<Signer, "jwk">[]): string {
  return JSON.stringify({ keys: signers.map((signer) => signer.jwk) });
}
