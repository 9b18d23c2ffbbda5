import type { Bytes } from "../base/bytes.js";
import type { MessageSecrets } from "./derive.js";

export const TAG_LENGTH = 16;

/** Ciphertext and tag. */
export async function encryptGcm(secrets: MessageSecrets, additionalData: Bytes, plaintext: Bytes): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", secrets.key, "AES-GCM", false, ["encrypt"]);
  return new Uint8Array(
    await crypto.subtle.encrypt({ name: "AES-GCM", iv: secrets.iv, additionalData }, key, plaintext),
  );
}

/** The plaintext; `null` when the tag does not fit. Rejects when WebCrypto itself failed. */
export async function decryptGcm(
  secrets: Pick<MessageSecrets, "key" | "iv">,
  additionalData: Bytes,
  ciphertext: Bytes,
): Promise<Bytes | null> {
  const key = await crypto.subtle.importKey("raw", secrets.key, "AES-GCM", false, ["decrypt"]);
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt({ name: "AES-GCM", iv: secrets.iv, additionalData }, key, ciphertext),
    );
  } catch (cause) {
    // WebCrypto §27.4.2 gives a failed tag the name OperationError, and a failed machine may have it too. The visitor
    // is only blamed after WebCrypto has opened a text that is known to be good. Nobody but the sender of a changed
    // text pays for that.
    if (cause instanceof Error && cause.name === "OperationError" && (await opensKnownText())) return null;
    throw cause;
  }
}

/** AES-256-GCM of nothing under a key and an IV of zeros: test case 13 of the GCM specification (McGrew, Viega). */
async function opensKnownText(): Promise<boolean> {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", false, ["decrypt"]);
  const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, key, KNOWN_TAG);
  return opened.byteLength === 0;
}

const KNOWN_TAG = Uint8Array.of(
  ...[0x53, 0x0f, 0x8a, 0xfb, 0xc7, 0x45, 0x36, 0xb9],
  ...[0xa9, 0x63, 0xb4, 0xf1, 0xc4, 0xcb, 0x73, 0x8b],
);
