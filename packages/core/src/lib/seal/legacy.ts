import { type Bytes, fromBase64url, utf8 } from "../base/bytes.js";
import type { UnsealReason } from "../base/failure.js";
import { decryptGcm, TAG_LENGTH } from "./gcm.js";
import { type Keyring, secretOf } from "./keyring.js";
import { settleCrypto } from "./web-crypto.js";

/**
 * Two layouts that sessions were sealed in before `es1`. They are read for a while and never written:
 *
 *   text      base64url without padding, of: version u8 ‖ IV 12 ‖ ciphertext ‖ GCM tag 16
 *             or, before keys had versions:              IV 12 ‖ ciphertext ‖ GCM tag 16
 *   key       HKDF-SHA-256(secret, salt "authkit-session", info "session-encryption") → AES-256, the same for every message
 *
 * Nothing of it is bound to a cookie, a purpose or a time, and nothing tells the two apart: a first byte that happens to
 * be a version is one in 256. So at most two keys are tried, each named beforehand, and never all there are.
 */
const SALT = utf8("authkit-session");
const INFO = utf8("session-encryption");
const IV_LENGTH = 12;
/** What one cookie holds; these layouts had no other place. */
const MAX_CHARACTERS = 4_096;

export interface LegacyKeys {
  /** Holds the keys of the layout with versions. */
  readonly keyring: Keyring;
  /** The key of the layout without. Absent: that layout is not opened. */
  readonly secret?: string;
  /** Epoch seconds: a key past its `openUntil` opens nothing. */
  readonly now: number;
}

export type LegacyBody =
  | { readonly ok: true; readonly body: Bytes }
  | { readonly ok: false; readonly reason: Extract<UnsealReason, "malformed" | "unknown_key" | "tampered"> };

/** Opens a text of one of the two layouts, with two decryptions at most. Throws `AuthError` `crypto_failure`. */
export async function openLegacySeal(text: string, keys: LegacyKeys): Promise<LegacyBody> {
  const bytes = text.length > MAX_CHARACTERS ? null : fromBase64url(text);
  if (bytes === null || bytes.length <= IV_LENGTH + TAG_LENGTH) return { ok: false, reason: "malformed" };
  const versioned = secretOf(keys.keyring, bytes[0] ?? 0, keys.now);
  const candidates = [
    ...(versioned !== null && bytes.length > 1 + IV_LENGTH + TAG_LENGTH
      ? [[versioned, bytes.subarray(1)] as const]
      : []),
    ...(keys.secret !== undefined ? [[keys.secret, bytes] as const] : []),
  ];
  for (const [secret, sealed] of candidates) {
    const body = await settleCrypto(openWith(secret, sealed));
    if (body !== null) return { ok: true, body };
  }
  return { ok: false, reason: candidates.length === 0 ? "unknown_key" : "tampered" };
}

async function openWith(secret: string, sealed: Bytes): Promise<Bytes | null> {
  // Derived anew each time: whoever comes with such a text leaves with one of ours, so there is no second time.
  const base = await crypto.subtle.importKey("raw", utf8(secret), "HKDF", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: SALT, info: INFO }, base, 256);
  const key = new Uint8Array(bits);
  const iv = sealed.subarray(0, IV_LENGTH);
  return decryptGcm({ key, iv }, new Uint8Array(0), sealed.subarray(IV_LENGTH));
}
