import { base64url, sha256, utf8 } from "../base/bytes.js";
import { EC_KEY } from "./es256.js";

export interface IdentityKeys {
  /** Private, for the gateway: `IDENTITY_KEY`. */
  readonly signingKey: string;
  /** Public, for every service: `IDENTITY_KEYS`. */
  readonly keys: string;
}

/** A fresh pair as two texts, for set-up scripts and tests. Its `kid` is the key's thumbprint (RFC 7638). */
export async function generateIdentityKeys(): Promise<IdentityKeys> {
  // As: the Workers types leave open that an asymmetric algorithm gives a pair (WebCrypto §14.3.6).
  const pair = (await crypto.subtle.generateKey(EC_KEY, true, ["sign", "verify"])) as CryptoKeyPair;
  // As: a JWK export gives an object, and the bytes of the other formats only where they were asked for.
  const { x, y, d } = (await crypto.subtle.exportKey("jwk", pair.privateKey)) as JsonWebKey;
  const kid = base64url(await sha256(utf8(JSON.stringify({ crv: "P-256", kty: "EC", x, y }))));
  const publicKey = { kty: "EC", crv: "P-256", x, y, kid, alg: "ES256", use: "sig" };
  return { signingKey: JSON.stringify({ ...publicKey, d }), keys: JSON.stringify({ keys: [publicKey] }) };
}
