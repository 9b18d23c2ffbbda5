import { type Bytes, concatBytes, lengthPrefixed, utf8 } from "../base/bytes.js";

/** Of what a text is sealed for. Each has message keys of its own; one is never used for another thing. */
export type Purpose =
  | "session"
  | "flow"
  | "ticket"
  | "successor"
  | "pending"
  | "passkey"
  | "jwks"
  | "record"
  | "handoff";

const PURPOSES: readonly Purpose[] = [
  "session",
  "flow",
  "ticket",
  "successor",
  "pending",
  "passkey",
  "jwks",
  "record",
  "handoff",
];

/** Throws a `RangeError` for a purpose the types do not know. */
export function checkPurpose(purpose: Purpose): void {
  if (!PURPOSES.includes(purpose)) throw unknownPurpose();
}

function unknownPurpose(): RangeError {
  return new RangeError(`\`purpose\` must be one of ${PURPOSES.join(", ")}.`);
}

export const KEY_ID_LENGTH = 4;
export const SALT_LENGTH = 24;
export const COMMITMENT_LENGTH = 16;

const NO_SALT = new Uint8Array(0);
const KEY_ID_INFO = utf8("edgeseal/es1/key-id");
const MESSAGE_INFO = utf8("edgeseal/es1/message\0");

/** What one secret gives before any message: the key's id, and the HKDF key to derive from. */
export interface KeyMaterial {
  readonly id: Bytes;
  /** Not extractable. */
  readonly base: CryptoKey;
  /** HKDF `info` of each purpose; the same bytes for every message under this key. */
  readonly infos: ReadonlyMap<string, Bytes>;
}

export async function deriveKeyMaterial(secret: string): Promise<KeyMaterial> {
  const base = await crypto.subtle.importKey("raw", utf8(secret), "HKDF", false, ["deriveBits"]);
  const id = new Uint8Array(await hkdf(base, NO_SALT, KEY_ID_INFO, KEY_ID_LENGTH));
  const infos = PURPOSES.map((purpose) => [purpose, concatBytes(MESSAGE_INFO, id, lengthPrefixed(purpose))] as const);
  return { id, base, infos: new Map(infos) };
}

/** The id that some bytes begin with, as u32. */
export function keyIdOf(bytes: Uint8Array): number {
  return (((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)) >>> 0;
}

/** AES-256 key, IV and commitment of one message: a salt is used once, so the IV may come from the derivation. */
export interface MessageSecrets {
  readonly key: Bytes;
  readonly iv: Bytes;
  readonly commitment: Bytes;
}

export async function deriveMessageSecrets(
  material: KeyMaterial,
  salt: Bytes,
  purpose: Purpose,
): Promise<MessageSecrets> {
  const info = material.infos.get(purpose);
  if (!info) throw unknownPurpose();
  const bits = await hkdf(material.base, salt, info, 32 + 12 + COMMITMENT_LENGTH);
  return {
    key: new Uint8Array(bits, 0, 32),
    iv: new Uint8Array(bits, 32, 12),
    commitment: new Uint8Array(bits, 44, COMMITMENT_LENGTH),
  };
}

function hkdf(base: CryptoKey, salt: Bytes, info: Bytes, length: number): Promise<ArrayBuffer> {
  return crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, base, length * 8);
}
