import { isCookieName } from "../cookie/cookie.js";

/** The session's names where none was chosen, for a host and for a domain. */
const DEFAULT_NAMES = ["__Host-session", "__Secure-session"];
/** Flow, pending, round: every other cookie of ours. */
const OWN_PREFIX = "__Host-edgeseal-";

/** What is wrong with `cookieName`, in a sentence; `null` when it can be used. */
export function cookieNameProblem(names: unknown): string | null {
  const list: readonly unknown[] = Array.isArray(names) ? names : [names];
  if (names === undefined || list.every((name) => typeof name === "string" && isCookieName(name))) return null;
  return "`cookieName` must be the name of the session's cookie, or a list of names.";
}

/** The name of a cookie that is no session and no sign-in of ours. `cookieName`: the option, not checked yet. */
export function isForeignCookie(name: unknown, cookieName: unknown): name is string {
  const own: readonly unknown[] = Array.isArray(cookieName) ? cookieName : [cookieName];
  return typeof name === "string" && isCookieName(name) && !isOwnCookie(name) && !own.includes(withoutChunk(name));
}

/** A cookie that only we set, under the names that need no configuration. */
export function isOwnCookie(name: string): boolean {
  return name.startsWith(OWN_PREFIX) || DEFAULT_NAMES.includes(withoutChunk(name));
}

/**
 * Removes our cookies from a `Cookie` header, chunks included, and leaves those of the app as they are. With them the
 * header itself goes when nothing else was in it.
 */
export function createCookieRemover(cookieName: string | readonly string[] = []): (headers: Headers) => void {
  const names = new Set(typeof cookieName === "string" ? [cookieName] : cookieName);

  function isOurs(pair: string): boolean {
    const name = nameOf(pair);
    return isOwnCookie(name) || names.has(withoutChunk(name));
  }

  return (headers) =>
    rewriteCookies(headers, (pair) => {
      // Two `Cookie` lines of one request arrive joined by a comma, and the second begins behind it.
      const parts = pair.split(",").filter((part) => !isOurs(part));
      return parts.join(",");
    });
}

/** Leaves the cookies of these names alone. */
export function keepCookies(headers: Headers, names: readonly string[]): void {
  rewriteCookies(headers, (pair) => (names.includes(nameOf(pair)) ? pair : ""));
}

/** Each pair becomes what `keep` makes of it; without any the header goes. */
export function rewriteCookies(headers: Headers, keep: (pair: string) => string): void {
  const header = headers.get("Cookie");
  if (header === null) return;
  const kept = header
    .split(";")
    .map((pair) => keep(pair).trim())
    .filter((pair) => pair !== "");
  if (kept.length === 0) headers.delete("Cookie");
  else headers.set("Cookie", kept.join("; "));
}

function nameOf(pair: string): string {
  const [name = ""] = pair.split("=", 1);
  return name.trim();
}

/** `name.0` is a part of `name`. */
function withoutChunk(name: string): string {
  return name.replace(/\.\d+$/, "");
}
