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
  /** In place of 1: the same three parts, the middle one deflated. */
  deflatedAccessToken: 4,
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
 * `deflatedClaims`: written in place of the access token's middle part.
 * Throws `AuthError` `config_invalid` when a field cannot be written: whoever made this session passed it wrongly.
 * `payload_too_large` when one is longer than any cookie.
 */
export function encodeSession(session: Session, deflatedClaims: Uint8Array | null = null): Bytes {
  const { user, impersonator, refreshToken } = session;
  const accessToken = required(encodeToken(session.accessToken), "accessToken", "a JWT");
  const refreshParts = refreshToken === undefined ? null : encodeToken(refreshToken);
  const fields: (readonly [tag: number, bytes: Bytes | null])[] = [
    [TAG.accessToken, deflatedClaims === null ? accessToken : null],
    [TAG.refreshToken, refreshParts],
    [TAG.refreshTokenText, refreshParts === null ? text(refreshToken, "refreshToken") : null],
    [TAG.deflatedAccessToken, deflatedClaims === null ? null : withClaims(accessToken, deflatedClaims)],
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

/** The access token's claims as its middle part has them, before base64url; `null` when it has no three parts. */
export function claimsPart(session: Session): Bytes | null {
  const parts = session.accessToken.split(".");
  return parts.length === 3 ? fromBase64url(parts[1] ?? "") : null;
}

/** What `encodeSession` was given as `deflatedClaims`; `null` when the body has its access token whole, or is none. */
export function deflatedClaimsIn(body: Uint8Array): Bytes | null {
  // The whole token comes first where there is one, which spares most sessions a second reading.
  if (body[0] !== VERSION || body[HEAD_LENGTH] === TAG.accessToken) return null;
  const parts = readParts(readFields(body, HEAD_LENGTH)?.get(TAG.deflatedAccessToken));
  return parts?.length === 3 ? concatBytes(parts[1] ?? body.subarray(0, 0)) : null;
}

/**
 * `null` for every byte string that `encodeSession` would not have written. `claims`: what `deflatedClaimsIn` stands for;
 * a body that has such claims is `null` without it.
 */
export function decodeSession(body: Uint8Array, claims: Uint8Array | null = null): Session | null {
  if (body.length < HEAD_LENGTH || body[0] !== VERSION) return null;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const fields = readFields(body, HEAD_LENGTH);
  const accessToken =
    claims === null
      ? decodeToken(fields?.get(TAG.accessToken))
      : decodeToken(fields?.get(TAG.deflatedAccessToken), claims);
  const userId = fieldText(fields, TAG.userId);
  if (!fields || !accessToken || !userId) return null;
  const refreshToken = fields.has(TAG.refreshToken)
    ? decodeToken(fields.get(TAG.refreshToken))
    : fieldText(fields, TAG.refreshTokenText);
  const email = fieldText(fields, TAG.email);
  const firstName = fieldText(fields, TAG.firstName);
  const lastName = fieldText(fields, TAG.lastName);
  const profilePictureUrl = fieldText(fields, TAG.profilePictureUrl);
  const organizationId = fieldText(fields, TAG.organizationId);
  const impersonatorEmail = fieldText(fields, TAG.impersonatorEmail);
  const impersonatorReason = fieldText(fields, TAG.impersonatorReason);
  if ([refreshToken, email, firstName, lastName, profilePictureUrl].includes(null)) return null;
  if ([organizationId, impersonatorEmail, impersonatorReason].includes(null)) return null;
  // One session, one text: what has a shorter form, or means nothing, was never written.
  const isLonger = fields.has(TAG.refreshTokenText) && encodeToken(refreshToken ?? "") !== null;
  if (isLonger || (impersonatorReason && !impersonatorEmail)) return null;
  if (fields.has(TAG.refreshToken) && fields.has(TAG.refreshTokenText)) return null;
  if (fields.has(TAG.accessToken) === fields.has(TAG.deflatedAccessToken)) return null;
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
  if (token === "") return null;
  const parts: Uint8Array[] = [];
  for (const part of token.split(".")) {
    const bytes = fromBase64url(part);
    if (bytes === null || bytes.length > FIELD_MAX) return null;
    parts.push(lengthOf(bytes), bytes);
  }
  return concatBytes(...parts);
}

/** A token of three parts with another middle one. */
function withClaims(token: Uint8Array, claims: Uint8Array): Bytes {
  const [header, , signature, ...more] = readParts(token) ?? [];
  if (header === undefined || signature === undefined || more.length > 0) throw unwritable("accessToken", "a JWT");
  return concatBytes(...[header, claims, signature].flatMap((part) => [lengthOf(part), part]));
}

/** `undefined` when the field is absent, `null` when it is broken. `claims`: what its middle part stands for. */
function decodeToken(field: Uint8Array | undefined, claims: Uint8Array | null = null): string | null | undefined {
  if (field === undefined) return undefined;
  const parts = readParts(field);
  if (parts === null || (claims !== null && parts.length !== 3)) return null;
  return parts.map((part, at) => base64url(claims !== null && at === 1 ? claims : part)).join(".") || null;
}

/** `null` when there are none, or the last one is cut off. */
function readParts(field: Uint8Array | undefined): Uint8Array[] | null {
  if (field === undefined || field.length === 0) return null;
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < field.length) {
    const end = at + 2 + (((field[at] ?? 0) << 8) | (field[at + 1] ?? 0));
    if (end > field.length) return null;
    parts.push(field.subarray(at + 2, end));
    at = end;
  }
  return parts;
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(bytes.length >>> 8, bytes.length & 0xff);
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
