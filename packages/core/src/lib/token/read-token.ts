import { fromBase64url, isBase64url, utf8Text } from "../base/bytes.js";
import { parseJsonObject } from "../base/json.js";
import { type AccessTokenClaims, readClaims } from "./claims.js";

/** Above this a text is no token of ours, whatever it holds; it also bounds all that is decoded below. */
const MAX_TOKEN_LENGTH = 16_384;

export interface TokenHeader {
  readonly alg: string;
  readonly kid?: string;
  readonly typ?: string;
}

/** A token's content, decoded and typed, with its signature **not** checked. */
export interface ReadToken {
  readonly header: TokenHeader;
  readonly claims: AccessTokenClaims;
  /** Of the signature, in bytes. */
  readonly signatureLength: number;
}

/** A signed JSON object, decoded, with its signature **not** checked. */
export interface ReadJws {
  readonly header: TokenHeader;
  readonly payload: Record<string, unknown>;
  /** Of the signature, in bytes. */
  readonly signatureLength: number;
}

/**
 * Reads a compact JWS strictly: three canonical base64url segments, JSON objects, named claims of their types.
 * One token is one text: JOSE libraries let white space, padding and stray bits pass, which would slip past everything
 * keyed by the text. Says nothing about who signed it. `null` for every other text, encrypted tokens included.
 */
export function readToken(token: string): ReadToken | null {
  const read = readJws(token);
  const claims = read && readClaims(read.payload);
  return claims && { header: read.header, claims, signatureLength: read.signatureLength };
}

/** The same for tokens whose claims are others than those of an access token or ID token. */
export function readJws(token: string): ReadJws | null {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first < 1 || second < 0 || token.includes(".", second + 1)) return null;
  const signature = token.slice(second + 1);
  if (!isBase64url(signature)) return null;
  const header = headerOf(token.slice(0, first));
  if (header === null) return null;
  const payload = decodeObject(token.slice(first + 1, second));
  return payload && { header, payload, signatureLength: (signature.length * 3) >>> 2 };
}

/**
 * Headers read lately: all tokens of one key have the same text. A header depends on its text alone, so whoever finds
 * one here finds what reading would have given.
 */
const headers = new Map<string, TokenHeader>();
const MAX_HEADERS = 32;
const MAX_KEPT_LENGTH = 512;

function headerOf(segment: string): TokenHeader | null {
  const known = headers.get(segment);
  if (known !== undefined) return known;
  const header = readHeader(segment);
  if (header === null || segment.length > MAX_KEPT_LENGTH) return header;
  if (headers.size >= MAX_HEADERS) headers.clear();
  headers.set(segment, Object.freeze(header));
  return header;
}

/**
 * Header members that change how the rest is to be read: critical extensions (RFC 7515 §4.1.11; we understand none),
 * compression and encryption. A reader that ignored them would check something else than the signer meant.
 */
const REFUSED_MEMBERS = ["crit", "b64", "zip", "enc"];

function readHeader(segment: string): TokenHeader | null {
  const header = decodeObject(segment);
  if (header === null || REFUSED_MEMBERS.some((name) => Object.hasOwn(header, name))) return null;
  const { alg, kid, typ } = header;
  if (typeof alg !== "string" || !isOptionalText(kid) || !isOptionalText(typ)) return null;
  return { alg, ...(kid !== undefined && { kid }), ...(typ !== undefined && { typ }) };
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function decodeObject(segment: string): Record<string, unknown> | null {
  const bytes = fromBase64url(segment);
  const text = bytes && utf8Text(bytes);
  return text === null ? null : parseJsonObject(text);
}
