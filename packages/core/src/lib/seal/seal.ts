import {
  type Bytes,
  base64url,
  concatBytes,
  constantTimeEqual,
  fromBase64url,
  lengthPrefixed,
  randomBytes,
  utf8,
} from "../base/bytes.js";
import { AuthError } from "../base/errors.js";
import type { UnsealReason } from "../base/failure.js";
import type { ClockOption } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import {
  COMMITMENT_LENGTH,
  checkPurpose,
  deriveMessageSecrets,
  KEY_ID_LENGTH,
  keyIdOf,
  type Purpose,
  SALT_LENGTH,
} from "./derive.js";
import { decryptGcm, encryptGcm, TAG_LENGTH } from "./gcm.js";
import { activeKey, type Keyring, keyById } from "./keyring.js";
import { settleCrypto } from "./web-crypto.js";

/** Where a sealed text belongs. It opens under the same purpose and context only. */
export interface SealBinding extends ClockOption {
  readonly keyring: Keyring;
  readonly purpose: Purpose;
  /** What the text is bound to, in order; the same parts are needed to open it. */
  readonly context: readonly string[];
}

export type Unsealed =
  | {
      readonly ok: true;
      readonly body: Uint8Array;
      readonly keyVersion: number;
      /** Another key is active now: seal again. */
      readonly outdated: boolean;
      /** Of the seal, epoch seconds. */
      readonly issuedAt: number;
      /** Of the seal, epoch seconds. */
      readonly expiresAt: number;
    }
  | { readonly ok: false; readonly reason: UnsealReason };

/** `Unsealed`, and what the library itself may know: an expired seal's content, and which key was refused. */
export type OpenedSeal =
  | (Extract<Unsealed, { readonly ok: true }> & { readonly body: Bytes })
  | {
      readonly ok: false;
      readonly reason: "expired";
      readonly body: Bytes;
      readonly keyVersion: number;
      readonly issuedAt: number;
      readonly expiresAt: number;
    }
  | { readonly ok: false; readonly reason: "key_retired" | "key_revoked"; readonly keyVersion: number }
  | { readonly ok: false; readonly reason: "malformed" | "unknown_key" | "tampered" };

export interface MadeSeal {
  readonly text: string;
  readonly keyVersion: number;
  /** What was asked for, or the key's `openUntil` where that is earlier. */
  readonly expiresAt: number;
}

const PREFIX = "es1.";
const FORMAT = utf8("es1");
const HEADER_LENGTH = KEY_ID_LENGTH + SALT_LENGTH + COMMITMENT_LENGTH;
const TIMES_LENGTH = 8;
const MIN_LENGTH = HEADER_LENGTH + TIMES_LENGTH + TAG_LENGTH;
const MAX_TIME = 0xffff_ffff;
const MAX_CHARACTERS = 16_384;
/** A key set never comes with a request, so nobody can make us read a long one. */
const MAX_CHARACTERS_JWKS = 131_072;
/** A session in a store may be larger than any cookie, and comes with no request either. */
const MAX_CHARACTERS_STORED = 65_536;

/**
 * Seals a body until `expiresAt` (epoch seconds, valid before it) or the key's `openUntil`, whichever is first.
 * Throws `AuthError` `payload_too_large` above 16,384 characters (65,536 for `record` and `successor`, 131,072 for `jwks`),
 * `crypto_failure`, `rng_failure`.
 */
export async function seal(body: Uint8Array, options: SealBinding & { readonly expiresAt: number }): Promise<string> {
  return (await makeSeal(body, options)).text;
}

/** Opens a text; says why when it does not open. Throws `AuthError` `crypto_failure` when nobody can say. */
export async function unseal(text: string, options: SealBinding): Promise<Unsealed> {
  const opened = await openSeal(text, options);
  return opened.ok ? opened : { ok: false, reason: opened.reason };
}

/** `seal`, and which key and which end it got. */
export async function makeSeal(
  body: Uint8Array,
  options: SealBinding & { readonly expiresAt: number },
): Promise<MadeSeal> {
  const { keyring, purpose } = options;
  checkPurpose(purpose);
  const context = options.context.map(lengthPrefixed);
  const now = checkTime(readClock(options));
  const asked = checkTime(Math.floor(options.expiresAt));
  if (sealedLength(body.length) > maxCharacters(purpose)) {
    throw new AuthError(
      "payload_too_large",
      `A text sealed as ${purpose} has at most ${maxCharacters(purpose)} characters.`,
    );
  }
  const salt = randomBytes(SALT_LENGTH);
  const plaintext = new Uint8Array(TIMES_LENGTH + body.length);
  plaintext.set(body, TIMES_LENGTH);
  return settleCrypto(sealWith());

  async function sealWith(): Promise<MadeSeal> {
    const { version: keyVersion, openUntil, material } = await activeKey(keyring, now);
    const expiresAt = Math.min(asked, openUntil);
    const secrets = await deriveMessageSecrets(material, salt, purpose);
    const header = concatBytes(material.id, salt, secrets.commitment);
    const times = new DataView(plaintext.buffer);
    times.setUint32(0, now);
    times.setUint32(4, expiresAt);
    const ciphertext = await encryptGcm(secrets, concatBytes(FORMAT, header, ...context), plaintext);
    return { text: PREFIX + base64url(concatBytes(header, ciphertext)), keyVersion, expiresAt };
  }
}

/** Characters of the text that a body of so many bytes is sealed into. */
export function sealedLength(bodyLength: number): number {
  return PREFIX.length + Math.ceil(((MIN_LENGTH + bodyLength) * 4) / 3);
}

/** `unseal` for the library: an expired seal's content comes along, so that an absolute end can be told from idleness. */
export async function openSeal(text: string, binding: SealBinding): Promise<OpenedSeal> {
  const { keyring, purpose } = binding;
  checkPurpose(purpose);
  const now = readClock(binding);
  const bytes = readBytes(text, purpose);
  if (!bytes) return { ok: false, reason: "malformed" };
  const context = binding.context.map(lengthPrefixed);
  return settleCrypto(openWith(bytes));

  async function openWith(bytes: Bytes): Promise<OpenedSeal> {
    const key = await keyById(keyring, keyIdOf(bytes), now);
    if (!key) return { ok: false, reason: "unknown_key" };
    const { version: keyVersion, state, material } = key;
    if (state === "closed") return { ok: false, reason: "key_retired", keyVersion };
    if (!material) return { ok: false, reason: "key_revoked", keyVersion };

    const header = bytes.subarray(0, HEADER_LENGTH);
    const salt = header.subarray(KEY_ID_LENGTH, KEY_ID_LENGTH + SALT_LENGTH);
    const secrets = await deriveMessageSecrets(material, salt, purpose);
    // Before any decryption: without it one text could be made that opens under two keys (GCM commits to none).
    const committed = constantTimeEqual(header.subarray(KEY_ID_LENGTH + SALT_LENGTH), secrets.commitment);
    if (!committed) return { ok: false, reason: "tampered" };
    const additionalData = concatBytes(FORMAT, header, ...context);
    const plaintext = await decryptGcm(secrets, additionalData, bytes.subarray(HEADER_LENGTH));
    if (!plaintext) return { ok: false, reason: "tampered" };

    const times = new DataView(plaintext.buffer);
    const issuedAt = times.getUint32(0);
    const expiresAt = times.getUint32(4);
    const body = plaintext.subarray(TIMES_LENGTH);
    if (now >= expiresAt) return { ok: false, reason: "expired", body, keyVersion, issuedAt, expiresAt };
    return { ok: true, body, keyVersion, outdated: state === "retired", issuedAt, expiresAt };
  }
}

/** Length first, so that a long text costs nothing; then what the native codec would let pass. */
function readBytes(text: string, purpose: Purpose): Bytes | null {
  if (typeof text !== "string" || text.length > maxCharacters(purpose) || !text.startsWith(PREFIX)) return null;
  const bytes = fromBase64url(text.slice(PREFIX.length));
  return bytes && bytes.length >= MIN_LENGTH ? bytes : null;
}

function maxCharacters(purpose: Purpose): number {
  if (purpose === "jwks") return MAX_CHARACTERS_JWKS;
  return purpose === "record" || purpose === "successor" ? MAX_CHARACTERS_STORED : MAX_CHARACTERS;
}

/** A sealed time has 32 bits. */
function checkTime(seconds: number): number {
  if (seconds > 1e11) {
    throw new AuthError("clock_in_milliseconds", "`expiresAt` must be epoch seconds, not milliseconds.");
  }
  if (seconds >= 0 && seconds <= MAX_TIME) return seconds;
  throw new RangeError("A sealed time must be from 0 to 4,294,967,295 epoch seconds (in 2106).");
}
