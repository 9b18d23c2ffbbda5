import { base64url, concatBytes, utf8 } from "../src/lib/base/bytes.js";

/** Seals as the layouts before `es1` did: with `version` or without, one key for every message. */
export async function sealLegacy(
  content: unknown,
  secret: string,
  version?: number,
  iv: Uint8Array<ArrayBuffer> = crypto.getRandomValues(new Uint8Array(12)),
): Promise<string> {
  const material = await crypto.subtle.importKey("raw", utf8(secret), "HKDF", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: utf8("authkit-session"), info: utf8("session-encryption") },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt"],
  );
  const plaintext = utf8(typeof content === "string" ? content : JSON.stringify(content));
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plaintext));
  return base64url(concatBytes(version === undefined ? new Uint8Array(0) : Uint8Array.of(version), iv, ciphertext));
}
