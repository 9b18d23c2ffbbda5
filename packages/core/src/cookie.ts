export type { CookieOptions } from "./lib/cookie/options.js";
export type { CookieRead, WriteCookieOptions } from "./lib/cookie/session-cookie.js";
export { clearSessionCookie, readSessionCookie, writeSessionCookie } from "./lib/cookie/session-cookie.js";
