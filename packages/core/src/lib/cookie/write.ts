import { utf8 } from "../base/bytes.js";
import { AuthError, refuseConfig } from "../base/errors.js";
import { isCookieDomain, isCookieName } from "./options.js";

export interface CookieAttributes {
  readonly sameSite: "lax" | "strict";
  /** Absent: the cookie belongs to the one host that set it. */
  readonly domain?: string;
  /** Absent: the browser forgets the cookie when it closes. */
  readonly maxAgeSeconds?: number;
  /** Code of the error when name and value are longer than browsers keep. Default `payload_too_large`. */
  readonly oversizeCode?: "session_too_large" | "payload_too_large";
}

/** Browsers drop a longer name and value without a word (RFC 6265bis §5.6); the visitor would sign in for ever. */
const MAX_PAIR_OCTETS = 4_096;
/** 400 days (RFC 6265bis §5.5). A longer life would be cut without a word. */
const MAX_AGE_SECONDS = 34_560_000;

/** Whether a browser keeps a cookie of that name and value. */
export function cookieFits(name: string, value: string): boolean {
  return utf8(name).length + utf8(value).length <= MAX_PAIR_OCTETS;
}

/**
 * One `Set-Cookie` value: always Secure, HttpOnly and Path=/. What a browser would refuse, cut or drop throws instead:
 * `config_invalid`, or `oversizeCode` for the length. No message holds the value.
 */
export function serializeCookie(name: string, value: string, attributes: CookieAttributes): string {
  const { sameSite, domain, maxAgeSeconds, oversizeCode = "payload_too_large" } = attributes;
  refuseConfig(problemsOf(name, value, attributes));
  if (!cookieFits(name, value)) {
    throw new AuthError(
      oversizeCode,
      `The cookie's name and value are longer than the ${MAX_PAIR_OCTETS} octets browsers keep.`,
    );
  }
  const age = maxAgeSeconds === undefined ? "" : `; Max-Age=${maxAgeSeconds}`;
  const scope = domain === undefined ? "" : `; Domain=${domain}`;
  return `${name}=${value}${age}${scope}; Path=/; Secure; HttpOnly; SameSite=${SAME_SITE[sameSite]}`;
}

/** Deletes a cookie: the same attributes, or the browser looks for another one. */
export function clearCookie(name: string, attributes: Pick<CookieAttributes, "sameSite" | "domain">): string {
  const { sameSite, domain } = attributes;
  return serializeCookie(name, "", { sameSite, ...(domain !== undefined && { domain }), maxAgeSeconds: 0 });
}

const SAME_SITE = { lax: "Lax", strict: "Strict" } as const;

function problemsOf(name: string, value: string, attributes: CookieAttributes): string[] {
  const { sameSite, domain, maxAgeSeconds = 0 } = attributes;
  const problems: string[] = [];
  if (!isCookieName(name)) problems.push("A cookie's name must be a token (RFC 9110).");
  // RFC 6265bis §5.7: a prefix counts in any case, and each demands something of the attributes.
  if (/^__host-/i.test(name) && domain !== undefined) problems.push("A `__Host-` cookie must have no domain.");
  if (!/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value)) {
    problems.push("A cookie's value must be printable ASCII without space, quote, comma, semicolon and backslash.");
  }
  if (domain !== undefined && !isCookieDomain(domain)) problems.push("A cookie's domain must be a host name.");
  if (!Object.hasOwn(SAME_SITE, sameSite)) problems.push("A cookie's `sameSite` must be lax or strict.");
  if (!(Number.isInteger(maxAgeSeconds) && maxAgeSeconds >= 0 && maxAgeSeconds <= MAX_AGE_SECONDS)) {
    problems.push(`A cookie's \`maxAgeSeconds\` must be an integer from 0 to ${MAX_AGE_SECONDS} (400 days).`);
  }
  return problems;
}
