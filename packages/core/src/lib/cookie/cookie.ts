// What other rooms take from this one.
export { MAX_TEXT_LENGTH, PART_LENGTH } from "./chunks.js";
export type { CookieOptions, CookieSettings } from "./options.js";
export { cookieProblems, isCookieDomain, isCookieName, resolveCookie } from "./options.js";
export type { SingleCookie } from "./read.js";
export { hasCookieName, listCookieNames, readCookie } from "./read.js";
export type { CookieRead } from "./session-cookie.js";
export { clearSealedCookie, readSealedCookie, writeSealedCookie } from "./session-cookie.js";
export type { CookieAttributes } from "./write.js";
export { clearCookie, cookieFits, serializeCookie } from "./write.js";
