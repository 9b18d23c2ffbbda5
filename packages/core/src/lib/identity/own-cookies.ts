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

/**
 * Removes our cookies from a `Cookie` header, chunks included, and leaves those of the app as they are. With them the
 * header itself goes when nothing else was in it.
 */
export function createCookieRemover(cookieName: string | readonly string[] = []): (headers: Headers) => void {
  const names = new Set([...DEFAULT_NAMES, ...(typeof cookieName === "string" ? [cookieName] : cookieName)]);

  function isOurs(pair: string): boolean {
    const [text = ""] = pair.split("=", 1);
    const name = text.trim();
    return name.startsWith(OWN_PREFIX) || names.has(name) || names.has(name.replace(/\.\d+$/, ""));
  }

  return (headers) => {
    const header = headers.get("Cookie");
    if (header === null) return;
    const kept = header.split(";").flatMap((pair) => {
      // Two `Cookie` lines of one request arrive joined by a comma, and the second begins behind it.
      const parts = pair.split(",").filter((part) => !isOurs(part));
      const text = parts.join(",").trim();
      return text === "" ? [] : [text];
    });
    if (kept.length === 0) headers.delete("Cookie");
    else headers.set("Cookie", kept.join("; "));
  };
}
