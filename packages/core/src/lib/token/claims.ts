import { isText } from "../base/json.js";
import type { Register } from "../base/register.js";

/**
 * Claims of an access token as the provider wrote them; the named ones are checked to have these types.
 * Times are whole seconds (a fraction is cut off). A named optional claim that was `null` is absent.
 */
export interface StandardClaims {
  readonly iss: string;
  readonly sub: string;
  readonly exp: number;
  readonly iat: number;
  readonly nbf?: number;
  readonly sid?: string;
  readonly jti?: string;
  readonly client_id?: string;
  readonly auth_time?: number;
  readonly org_id?: string;
  readonly role?: string;
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
  readonly entitlements?: readonly string[];
  readonly feature_flags?: readonly string[];
  readonly aud?: string | readonly string[];
  readonly [claim: string]: unknown;
}

/** What `Register` says of claims of your own. Believed, not checked: the provider signed them. */
export type CustomClaims = Register extends { claims: infer C extends object } ? Readonly<C> : unknown;

/** `StandardClaims`, and the claims that `Register` names. */
export type AccessTokenClaims = StandardClaims & CustomClaims;

type Check = (value: unknown) => boolean;

/** A NumericDate after 1970 that fits u32. Zero, negative, text, and `1e400` (which JSON reads as Infinity) are none. */
const isTime: Check = (value) => typeof value === "number" && value >= 1 && value < 2 ** 32;
const isTextList =
  (most: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every((item) => typeof item === "string");
const isNames = isTextList(1000);
const isAudienceList = isTextList(16);

const REQUIRED: readonly (readonly [string, Check])[] = [
  ["iss", isText],
  ["sub", isText],
  ["exp", isTime],
  ["iat", isTime],
];

const OPTIONAL: readonly (readonly [string, Check])[] = [
  ["nbf", isTime],
  ["auth_time", isTime],
  ["sid", isText],
  ["jti", isText],
  ["client_id", isText],
  ["org_id", isText],
  ["role", isText],
  ["roles", isNames],
  ["permissions", isNames],
  ["entitlements", isNames],
  ["feature_flags", isNames],
  ["aud", (value) => isText(value) || isAudienceList(value)],
];

const TIMES = ["exp", "iat", "nbf", "auth_time"];

/** Decodes the claims set in place; `null` when a required claim is missing or a named one has another type. */
export function readClaims(claims: Record<string, unknown>): AccessTokenClaims | null {
  for (const name of TIMES) {
    const value = claims[name];
    if (typeof value === "number" && !Number.isInteger(value)) claims[name] = Math.floor(value);
  }
  for (const [name] of OPTIONAL) if (claims[name] === null) delete claims[name];
  return areClaims(claims) ? claims : null;
}

function areClaims(claims: Record<string, unknown>): claims is AccessTokenClaims {
  return (
    REQUIRED.every(([name, check]) => Object.hasOwn(claims, name) && check(claims[name])) &&
    OPTIONAL.every(([name, check]) => !Object.hasOwn(claims, name) || check(claims[name]))
  );
}
