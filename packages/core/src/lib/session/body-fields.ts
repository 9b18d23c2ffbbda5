import { writeAscii } from "../base/bytes.js";
import { AuthError } from "../base/errors.js";

/** A length has two bytes. */
export const FIELD_MAX = 0xffff;

/** A short ASCII text as it is, any other as its bytes; a token as its parts, each to stand behind its length. */
type Content = string | Uint8Array | readonly Uint8Array[];

/** tag u8 ‖ length u16 ‖ content, in a session's body. */
export interface Field {
  readonly tag: number;
  readonly length: number;
  readonly content: Content;
}

/** `null` is not there, and nothing is added. */
export function addField(fields: Field[], tag: number, content: Content | null): void {
  if (content === null) return;
  fields.push({ tag, length: isParts(content) ? partsLength(content) : content.length, content });
}

export function fieldsLength(fields: readonly Field[]): number {
  let length = 0;
  for (const field of fields) length += 3 + field.length;
  return length;
}

/**
 * Into the buffer all of them share: a body has some thirty pieces, and an array for each costs more than what it holds.
 * Throws `AuthError` `payload_too_large` when one is longer than its length can say.
 */
export function writeFields(fields: readonly Field[], into: Uint8Array, from: number): void {
  let at = from;
  for (const { tag, length, content } of fields) {
    if (length > FIELD_MAX) throw new AuthError("payload_too_large", "A field of a session has at most 65,535 bytes.");
    into[at] = tag;
    writeLength(length, into, at + 1);
    at += 3;
    if (isParts(content)) writeParts(content, into, at);
    else if (typeof content === "string") writeAscii(content, into, at);
    else into.set(content, at);
    at += length;
  }
}

function isParts(content: Content): content is readonly Uint8Array[] {
  return Array.isArray(content);
}

function partsLength(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += 2 + part.length;
  return length;
}

function writeParts(parts: readonly Uint8Array[], into: Uint8Array, from: number): void {
  let at = from;
  for (const part of parts) {
    writeLength(part.length, into, at);
    into.set(part, at + 2);
    at += 2 + part.length;
  }
}

function writeLength(length: number, into: Uint8Array, at: number): void {
  into[at] = length >>> 8;
  into[at + 1] = length & 0xff;
}

/** `null` for a tag that is unknown, out of order or there twice, and for bytes left over. */
export function readFields(body: Uint8Array, from: number, known: ReadonlySet<number>): Map<number, Uint8Array> | null {
  const fields = new Map<number, Uint8Array>();
  let at = from;
  let last = 0;
  while (at < body.length) {
    const tag = body[at] ?? 0;
    const end = at + 3 + lengthAt(body, at + 1);
    if (at + 3 > body.length || end > body.length || tag <= last || !known.has(tag)) return null;
    fields.set(tag, body.subarray(at + 3, end));
    last = tag;
    at = end;
  }
  return fields;
}

/** `null` when there are none, or the last one is cut off. */
export function readParts(field: Uint8Array | undefined): Uint8Array[] | null {
  if (field === undefined || field.length === 0) return null;
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < field.length) {
    const end = at + 2 + lengthAt(field, at);
    if (end > field.length) return null;
    parts.push(field.subarray(at + 2, end));
    at = end;
  }
  return parts;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
