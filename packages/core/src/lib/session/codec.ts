import { type Bytes, base64url, concatBytes, fromBase64url, isShortAscii, utf8, utf8Text } from "../base/bytes.js";
import { AuthError, isAuthError } from "../base/errors.js";
import { addField, FIELD_MAX, type Field, fieldsLength, readFields, readParts, writeFields } from "./body-fields.js";
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
  const accessToken = required(tokenParts(session.accessToken), "accessToken", "a JWT");
  const refreshParts = refreshToken === undefined ? null : tokenParts(refreshToken);
  const fields: Field[] = [];
  if (deflatedClaims === null) addField(fields, TAG.accessToken, accessToken);
  if (refreshParts !== null) addField(fields, TAG.refreshToken, refreshParts);
  else addField(fields, TAG.refreshTokenText, text(refreshToken, "refreshToken"));
  if (deflatedClaims !== null) addField(fields, TAG.deflatedAccessToken, withClaims(accessToken, deflatedClaims));
  addField(fields, TAG.userId, required(text(user.id, "user.id"), "user.id", "a text"));
  addField(fields, TAG.email, text(user.email, "user.email"));
  addField(fields, TAG.firstName, text(user.firstName, "user.firstName"));
  addField(fields, TAG.lastName, text(user.lastName, "user.lastName"));
  addField(fields, TAG.profilePictureUrl, text(user.profilePictureUrl, "user.profilePictureUrl"));
  addField(fields, TAG.organizationId, text(session.organizationId, "organizationId"));
  addField(fields, TAG.impersonatorEmail, text(impersonator?.email, "impersonator.email"));
  addField(fields, TAG.impersonatorReason, text(impersonator?.reason, "impersonator.reason"));
  return written(session, fields);
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
  const parts = readParts(readFields(body, HEAD_LENGTH, KNOWN_TAGS)?.get(TAG.deflatedAccessToken));
  return parts?.length === 3 ? concatBytes(parts[1] ?? body.subarray(0, 0)) : null;
}

/**
 * `null` for every byte string that `encodeSession` would not have written. `claims`: what `deflatedClaimsIn` stands for;
 * a body that has such claims is `null` without it.
 */
export function decodeSession(body: Uint8Array, claims: Uint8Array | null = null): Session | null {
  if (body.length < HEAD_LENGTH || body[0] !== VERSION) return null;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const fields = readFields(body, HEAD_LENGTH, KNOWN_TAGS);
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
  const isLonger = fields.has(TAG.refreshTokenText) && tokenParts(refreshToken ?? "") !== null;
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

/** The head first: whether a session can be written at all is asked before how long it is. */
function written(session: Session, fields: readonly Field[]): Bytes {
  const bytes = new Uint8Array(HEAD_LENGTH + fieldsLength(fields));
  writeHead(session, bytes);
  writeFields(fields, bytes, HEAD_LENGTH);
  return bytes;
}

function writeHead(session: Session, bytes: Bytes): void {
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  view.setUint32(1, u32(session.createdAt, "createdAt"));
  view.setUint32(5, u32(session.endsAt, "endsAt"));
  view.setUint32(9, u32(session.expiresAt, "expiresAt"));
  view.setUint32(13, u32(session.generation, "generation"));
  const id = fromBase64url(session.sessionId);
  if (id?.length !== SESSION_ID_LENGTH) throw unwritable("sessionId", "32 bytes in base64url");
  bytes.set(id, HEAD_LENGTH - SESSION_ID_LENGTH);
}

/** `null` when some part is not the canonical base64url of its bytes, so that it could not be given back as it was. */
function tokenParts(token: string): readonly Uint8Array[] | null {
  if (token === "") return null;
  const parts: Uint8Array[] = [];
  for (const part of token.split(".")) {
    const bytes = fromBase64url(part);
    if (bytes === null || bytes.length > FIELD_MAX) return null;
    parts.push(bytes);
  }
  return parts;
}

/** A token of three parts with another middle one. */
function withClaims(token: readonly Uint8Array[], claims: Uint8Array): readonly Uint8Array[] {
  const [header, , signature, ...more] = token;
  if (header === undefined || signature === undefined || more.length > 0) throw unwritable("accessToken", "a JWT");
  return [header, claims, signature];
}

/** `undefined` when the field is absent, `null` when it is broken. `claims`: what its middle part stands for. */
function decodeToken(field: Uint8Array | undefined, claims: Uint8Array | null = null): string | null | undefined {
  if (field === undefined) return undefined;
  const parts = readParts(field);
  if (parts === null || (claims !== null && parts.length !== 3)) return null;
  return parts.map((part, at) => base64url(claims !== null && at === 1 ? claims : part)).join(".") || null;
}

/** Absent stays absent; an empty text says nothing and is not written. */
function text(value: string | undefined, name: string): string | Bytes | null {
  if (value === undefined || value === "") return null;
  if (typeof value === "string" && isShortAscii(value)) return value;
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

function required<Written>(content: Written | null, name: string, form: string): Written {
  if (content === null) throw unwritable(name, form);
  return content;
}

function unwritable(name: string, form: string): AuthError {
  const problem = `A session's \`${name}\` must be ${form}.`;
  return new AuthError("config_invalid", problem, { problems: [problem] });
}
