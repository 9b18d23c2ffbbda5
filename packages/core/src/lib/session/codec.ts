import { type Bytes, base64url, concatBytes, fromBase64url, utf8, utf8Text } from "../base/bytes.js";
import { AuthError, isAuthError } from "../base/errors.js";
import type { Session } from "./session.js";

/**
 * The body of a sealed session, version 1. Every byte is accounted for: unknown versions and fields, fields out of order
 * or twice, and trailing bytes are refused. STORAGE.md has the table.
 *
 *   version u8 ‖ created-at u32 ‖ absolute end u32 ‖ token end u32 ‖ generation u32 ‖ session id 32 ‖ fields
 *   field  = tag u8 ‖ length u16 ‖ bytes, tags strictly ascending (numbers big-endian)
 */
const VERSION = 1;
const HEAD_LENGTH = 1 + 4 * 4 + 32;
const SESSION_ID_LENGTH = 32;
const U32_MAX = 0xffffffff;
const FIELD_MAX = 0xffff;

const TAG = {
  /** A token whose dot-separated parts are canonical base64url: per part its length u16 and its raw bytes. */
  accessToken: 1,
  refreshToken: 2,
  /** Any other refresh token, as UTF-8. */
  refreshTokenText: 3,
  userId: 10,
  email: 11,
  firstName: 12,
  lastName: 13,
  profilePictureUrl: 14,
  organizationId: 20,
  impersonatorEmail: 21,
  impersonatorReason: 22,
} as const;
const KNOWN_TAGS: ReadonlySet<number> = new Set(Object.values(TAG));

/**
 * Throws `AuthError` `config_invalid` when a field cannot be written: whoever made this session passed it wrongly.
 * `payload_too_large` when one is longer than any cookie.
 */
export function encodeSession(session: Session): Bytes {
  const { user, impersonator, refreshToken } = session;
  const refreshParts = refreshToken === undefined ? null : encodeToken(refreshToken);
  const fields: (readonly [tag: number, bytes: Bytes | null])[] = [
    [TAG.accessToken, required(encodeToken(session.accessToken), "accessToken", "a JWT")],
    [TAG.refreshToken, refreshParts],
    [TAG.refreshTokenText, refreshParts === null ? text(refreshToken, "refreshToken") : null],
    [TAG.userId, required(text(user.id, "user.id"), "user.id", "a text")],
    [TAG.email, text(user.email, "user.email")],
    [TAG.firstName, text(user.firstName, "user.firstName")],
    [TAG.lastName, text(user.lastName, "user.lastName")],
    [TAG.profilePictureUrl, text(user.profilePictureUrl, "user.profilePictureUrl")],
    [TAG.organizationId, text(session.organizationId, "organizationId")],
    [TAG.impersonatorEmail, text(impersonator?.email, "impersonator.email")],
    [TAG.impersonatorReason, text(impersonator?.reason, "impersonator.reason")],
  ];
  const parts: Uint8Array[] = [head(session)];
  for (const [tag, bytes] of fields) {
    if (bytes === null) continue;
    if (bytes.length > FIELD_MAX) throw tooLong();
    parts.push(Uint8Array.of(tag, bytes.length >>> 8, bytes.length & 0xff), bytes);
  }
  return concatBytes(...parts);
}

/** Whether `encodeSession` would take it, whatever its length: for what a provider sent, which is nobody's mistake here. */
export function isWritable(session: Session): boolean {
  try {
    encodeSession(session);
    return true;
  } catch (error) {
    if (isAuthError(error, "payload_too_large")) return true;
    if (isAuthError(error, "config_invalid")) return false;
    throw error;
  }
}

/** `null` for every byte string that `encodeSession` would not have written. */
export function decodeSession(body: Uint8Array): Session | null {
  if (body.length < HEAD_LENGTH || body[0] !== VERSION) return null;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const fields = readFields(body, HEAD_LENGTH);
  const accessToken = decodeToken(fields?.get(TAG.accessToken));
  const userId = fieldText(fields, TAG.userId);
  if (!fields || !accessToken || !userId) return null;
  const refreshToken = decodeToken(fields.get(TAG.refreshToken)) ?? fieldText(fields, TAG.refreshTokenText);
  const email = fieldText(fields, TAG.email);
  const firstName = fieldText(fields, TAG.firstName);
  const lastName = fieldText(fields, TAG.lastName);
  const profilePictureUrl = fieldText(fields, TAG.profilePictureUrl);
  const organizationId = fieldText(fields, TAG.organizationId);
  const impersonatorEmail = fieldText(fields, TAG.impersonatorEmail);
  const impersonatorReason = fieldText(fields, TAG.impersonatorReason);
  if ([refreshToken, email, firstName, lastName, profilePictureUrl].includes(null)) return null;
  if ([organizationId, impersonatorEmail, impersonatorReason].includes(null)) return null;
  if (fields.has(TAG.refreshToken) && fields.has(TAG.refreshTokenText)) return null;
  return {
    accessToken,
    ...(refreshToken && { refreshToken }),
    sessionId: base64url(body.subarray(HEAD_LENGTH - SESSION_ID_LENGTH, HEAD_LENGTH)),
    user: {
      id: userId,
      ...(email && { email }),
      ...(firstName && { firstName }),
      ...(lastName && { lastName }),
      ...(profilePictureUrl && { profilePictureUrl }),
    },
    ...(organizationId && { organizationId }),
    ...(impersonatorEmail && {
      impersonator: { email: impersonatorEmail, ...(impersonatorReason && { reason: impersonatorReason }) },
    }),
    createdAt: view.getUint32(1),
    endsAt: view.getUint32(5),
    expiresAt: view.getUint32(9),
    generation: view.getUint32(13),
  };
}

function head(session: Session): Bytes {
  const bytes = new Uint8Array(HEAD_LENGTH);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  view.setUint32(1, u32(session.createdAt, "createdAt"));
  view.setUint32(5, u32(session.endsAt, "endsAt"));
  view.setUint32(9, u32(session.expiresAt, "expiresAt"));
  view.setUint32(13, u32(session.generation, "generation"));
  const id = fromBase64url(session.sessionId);
  if (id?.length !== SESSION_ID_LENGTH) throw unwritable("sessionId", "32 bytes in base64url");
  bytes.set(id, HEAD_LENGTH - SESSION_ID_LENGTH);
  return bytes;
}

function readFields(body: Uint8Array, from: number): Map<number, Uint8Array> | null {
  const fields = new Map<number, Uint8Array>();
  let at = from;
  let last = 0;
  while (at < body.length) {
    const tag = body[at] ?? 0;
    const length = ((body[at + 1] ?? 0) << 8) | (body[at + 2] ?? 0);
    const end = at + 3 + length;
    if (at + 3 > body.length || end > body.length || tag <= last || !KNOWN_TAGS.has(tag)) return null;
    fields.set(tag, body.subarray(at + 3, end));
    last = tag;
    at = end;
  }
  return fields;
}

/** `null` when some part is not the canonical base64url of its bytes, so that it could not be given back as it was. */
function encodeToken(token: string): Bytes | null {
  const parts: Uint8Array[] = [];
  for (const part of token.split(".")) {
    const bytes = fromBase64url(part);
    if (bytes === null || bytes.length > FIELD_MAX) return null;
    parts.push(Uint8Array.of(bytes.length >>> 8, bytes.length & 0xff), bytes);
  }
  return concatBytes(...parts);
}

/** `undefined` when the field is absent, `null` when it is broken. */
function decodeToken(field: Uint8Array | undefined): string | null | undefined {
  if (field === undefined) return undefined;
  const parts: string[] = [];
  let at = 0;
  while (at < field.length) {
    const length = ((field[at] ?? 0) << 8) | (field[at + 1] ?? 0);
    const end = at + 2 + length;
    if (end > field.length) return null;
    parts.push(base64url(field.subarray(at + 2, end)));
    at = end;
  }
  return parts.length === 0 ? null : parts.join(".");
}

/** Absent stays absent; an empty text says nothing and is not written. */
function text(value: string | undefined, name: string): Bytes | null {
  if (value === undefined || value === "") return null;
  if (typeof value !== "string" || !value.isWellFormed()) throw unwritable(name, "a well-formed text");
  return utf8(value);
}

/** `undefined` when the field is absent, `null` when it is broken. */
function fieldText(fields: Map<number, Uint8Array> | null, tag: number): string | null | undefined {
  const bytes = fields?.get(tag);
  if (bytes === undefined) return undefined;
  return bytes.length === 0 ? null : utf8Text(bytes);
}

function u32(value: number, name: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= U32_MAX) return value;
  throw unwritable(name, "a whole number of seconds (or refreshes) from 0 to 4,294,967,295");
}

function required(bytes: Bytes | null, name: string, form: string): Bytes {
  if (bytes === null) throw unwritable(name, form);
  return bytes;
}

function tooLong(): AuthError {
  return new AuthError("payload_too_large", "A field of a session has at most 65,535 bytes.");
}

function unwritable(name: string, form: string): AuthError {
  const problem = `A session's \`${name}\` must be ${form}.`;
  return new AuthError("config_invalid", problem, { problems: [problem] });
}
