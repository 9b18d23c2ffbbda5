import { AuthError } from "./errors.js";

/** What WebCrypto takes and gives: bytes over a plain, unshared buffer. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
// `ignoreBOM`: a leading U+FEFF is content, not a mark; without it two byte strings would decode to one text.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function utf8(text: string): Bytes {
  // Workers types call the buffer `ArrayBufferLike`; an encoder never gives a shared one (WHATWG Encoding §8.1).
  return encoder.encode(text) as Bytes;
}

/** `null` when the bytes are not well-formed UTF-8. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null; // TypeError of the fatal decoder: the only thing it throws
  }
}

export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Length (u16, big-endian) and UTF-8 of a text. Throws a `RangeError` above 65,535 bytes or on a lone surrogate. */
export function lengthPrefixed(text: string): Bytes {
  if (!text.isWellFormed()) throw new RangeError("A bound text must be well-formed Unicode.");
  const bytes = isShortAscii(text) ? null : utf8(text);
  const length = bytes?.length ?? text.length;
  if (length > 0xffff) throw new RangeError("A bound text must be at most 65,535 bytes long.");
  const prefixed = new Uint8Array(2 + length);
  prefixed[0] = length >>> 8;
  prefixed[1] = length & 0xff;
  if (bytes === null) writeAscii(text, prefixed, 2);
  else prefixed.set(bytes, 2);
  return prefixed;
}

/** Names, ids, addresses: writing them in a loop costs a fifth of a call into the encoder on workerd. */
export function isShortAscii(text: string): boolean {
  if (text.length > 96) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** Writes a text that `isShortAscii` knows. */
export function writeAscii(text: string, into: Uint8Array, at: number): void {
  for (let i = 0; i < text.length; i++) into[at + i] = text.charCodeAt(i);
}

/** Compares without telling by time where the first difference is. Lengths are not secret. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Fresh random bytes (16 at least). Throws `AuthError` `rng_failure` rather than hand out bytes that are all equal. */
export function randomBytes(length: number): Bytes {
  const bytes = new Uint8Array(length);
  try {
    crypto.getRandomValues(bytes);
  } catch (cause) {
    throw new AuthError(
      "rng_failure",
      "The runtime gave no random bytes. On Workers they exist only inside a request.",
      {
        cause,
      },
    );
  }
  if (bytes.every((byte) => byte === bytes[0])) {
    throw new AuthError("rng_failure", "The runtime's random bytes are all equal.");
  }
  return bytes;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CODES = utf8(ALPHABET);
const VALUES = new Uint8Array(128);
for (let i = 0; i < CODES.length; i++) VALUES[CODES[i] ?? 0] = i;

/** `Uint8Array` base64 of ES2026: native on workerd, Deno and Bun, absent on Node 24. A tenth of the loop's cost. */
interface NativeBase64 {
  toBase64?(options: { alphabet: "base64url"; omitPadding: true }): string;
}
interface NativeBase64Constructor {
  fromBase64?(text: string, options: { alphabet: "base64url" }): Bytes;
}

const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

/** Base64url without padding (RFC 4648 §5). */
export function base64url(bytes: Uint8Array): string {
  const native = bytes as NativeBase64;
  if (native.toBase64) return native.toBase64(BASE64URL);
  const codes = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let out = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    // Writes past the end of a typed array are dropped, so a short last group needs no case of its own.
    codes[out++] = CODES[group >>> 18] ?? 0;
    codes[out++] = CODES[(group >>> 12) & 63] ?? 0;
    codes[out++] = CODES[(group >>> 6) & 63] ?? 0;
    codes[out++] = CODES[group & 63] ?? 0;
  }
  return decoder.decode(codes);
}

/**
 * True for the one canonical text of some bytes: our alphabet only, no padding, unused trailing bits zero.
 * Checked by us, before any codec, because native ones accept white space, padding and stray bits.
 */
export function isBase64url(text: string): boolean {
  // A regular expression takes a third of a loop's time. Without the flags i and u, `\w` is exactly [A-Za-z0-9_].
  return /^[\w-]*$/.test(text) && endsCanonically(text);
}

/** The length that some bytes have, and nothing in the bits that its last character has too many. */
function endsCanonically(text: string): boolean {
  const rest = text.length & 3;
  if (rest === 0) return true;
  const last = VALUES[text.charCodeAt(text.length - 1)] ?? 0;
  return rest !== 1 && (last & (rest === 2 ? 0b1111 : 0b11)) === 0;
}

/** Bytes of a canonical base64url text; `null` for every other text. */
export function fromBase64url(text: string): Bytes | null {
  if ((Uint8Array as NativeBase64Constructor).fromBase64) return fromNative(text);
  if (!isBase64url(text)) return null;
  const bytes = new Uint8Array((text.length * 3) >>> 2);
  let out = 0;
  for (let i = 0; i < text.length; i += 4) {
    const group =
      (sextet(text, i) << 18) | (sextet(text, i + 1) << 12) | (sextet(text, i + 2) << 6) | sextet(text, i + 3);
    bytes[out++] = group >>> 16;
    bytes[out++] = (group >>> 8) & 0xff;
    bytes[out++] = group & 0xff;
  }
  return bytes;
}

/**
 * The native codec refuses what is not in the alphabet but lets white space, padding and stray bits pass. The first two
 * are no characters of content, so they show in the length: without them there are three bytes for every four characters.
 */
function fromNative(text: string): Bytes | null {
  if (!endsCanonically(text)) return null;
  try {
    const bytes = (Uint8Array as NativeBase64Constructor).fromBase64?.(text, BASE64URL);
    return bytes?.length === (text.length * 3) >>> 2 ? bytes : null;
  } catch {
    return null; // SyntaxError: the only thing it throws for a string
  }
}

function sextet(text: string, at: number): number {
  return at < text.length ? (VALUES[text.charCodeAt(at)] ?? 0) : 0;
}

/** Throws `AuthError` `crypto_failure` where the runtime cannot hash: ours, so whoever asks is told to come back. */
export async function sha256(bytes: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  } catch (cause) {
    // A DOMException of WebCrypto, or a TypeError where `crypto.subtle` is missing.
    throw new AuthError("crypto_failure", "The runtime could not hash.", { cause });
  }
}
