import { base64url, utf8 } from "../base/bytes.js";
import type { TokenAlgorithm } from "../token/algorithms.js";

/** A key pair that signs as a provider does. */
export interface Signer {
  readonly kid: string;
  readonly alg: TokenAlgorithm;
  /** Public, as a JWKS holds it. */
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly pair: CryptoKeyPair;
  /** A JWT of these claims; `header` adds to `alg`, `typ` (`JWT`) and `kid`, or replaces them. */
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
} as const;

export async function createSigner(
  kid: string,
  alg: TokenAlgorithm = "RS256",
  modulusLength: number = 2048,
): Promise<Signer> {
  const { make, sign } = PARAMETERS[alg];
  const parameters = "modulusLength" in make ? { ...make, modulusLength } : make;
  // `as`: a pair for every one of these algorithms, which the overloads of `generateKey` do not see through a table.
  const pair = (await crypto.subtle.generateKey(parameters, true, ["sign", "verify"])) as CryptoKeyPair;
  // `as`: the format "jwk" gives a JWK.
  const { kty, n, e, crv, x, y } = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as JsonWebKey;
  const members = Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value !== undefined);

  async function signRaw(header: string, payload: string): Promise<string> {
    const input = `${base64url(utf8(header))}.${base64url(utf8(payload))}`;
    const signature = await crypto.subtle.sign(sign, pair.privateKey, utf8(input));
    return `${input}.${base64url(new Uint8Array(signature))}`;
  }

  return {
    kid,
    alg,
    jwk: { ...Object.fromEntries(members), kid, alg, use: "sig" },
    pair,
    signRaw,
    sign: (claims, header = {}) => signRaw(JSON.stringify({ alg, typ: "JWT", kid, ...header }), JSON.stringify(claims)),
  };
}
