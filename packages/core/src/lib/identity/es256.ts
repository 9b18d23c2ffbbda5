import type { Bytes } from "../base/bytes.js";
import { AuthError, refuseConfig } from "../base/errors.js";
import type { PrivateIdentityKey, PublicIdentityKey } from "./identity-key.js";

export const EC_KEY = { name: "ECDSA", namedCurve: "P-256" } as const;
/** WebCrypto's signature is R and S side by side, which is what ES256 is (RFC 7518 §3.4). */
const ES256 = { name: "ECDSA", hash: "SHA-256" } as const;
const SIGNATURE_LENGTH = 64;

/** Throws `config_invalid` for a point off the curve. */
export async function importPublicKey(key: PublicIdentityKey): Promise<CryptoKey> {
  const { kty, crv, x, y } = key;
  try {
    return await crypto.subtle.importKey("jwk", { kty, crv, x, y }, EC_KEY, false, ["verify"]);
  } catch {
    refuseConfig(["A key of `keys` is no point of the curve P-256."]); // DataError
  }
}

/** Throws `config_invalid` for halves that do not belong together: every service would refuse what it signs. */
export async function importPrivateKey({ publicKey, d }: PrivateIdentityKey): Promise<CryptoKey> {
  const broken = ["The private and the public half of `signingKey` do not belong together."] as const;
  const { kty, crv, x, y } = publicKey;
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey("jwk", { kty, crv, x, y, d }, EC_KEY, false, ["sign"]);
  } catch {
    refuseConfig(broken); // DataError
  }
  // Not every runtime compares the two when it imports them.
  const probe = new Uint8Array(32);
  if (!(await isSigned(probe, await sign(probe, key), await importPublicKey(publicKey)))) refuseConfig(broken);
  return key;
}

/** Throws `crypto_failure` when the runtime could not. */
export async function sign(bytes: Bytes, key: CryptoKey): Promise<Bytes> {
  try {
    return new Uint8Array(await crypto.subtle.sign(ES256, key, bytes));
  } catch (cause) {
    throw new AuthError("crypto_failure", "The runtime could not sign an identity.", { cause });
  }
}

/** Throws `crypto_failure` when the runtime could not say. */
export async function isSigned(bytes: Bytes, signature: Bytes, key: CryptoKey): Promise<boolean> {
  if (signature.length !== SIGNATURE_LENGTH) return false;
  try {
    return await crypto.subtle.verify(ES256, key, signature, bytes);
  } catch (cause) {
    throw new AuthError("crypto_failure", "The runtime could not check an identity.", { cause });
  }
}
