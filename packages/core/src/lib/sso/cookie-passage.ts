import { parseSetCookie, stringifySetCookie } from "cookie";
import { rewriteCookies } from "../identity/own-cookies.js";
import type { AuthHost } from "./auth-proxy-options.js";

/** The provider's cookies on their way through one host of ours. */
export interface CookiePassage {
  /** Leaves those of the provider in a request's `Cookie`, under its own names. */
  toUpstream(headers: Headers): void;
  /** One `Set-Cookie` line for our host alone; `null` for a cookie that does not pass. */
  toBrowser(line: string): string | null;
}

/** 400 days: what browsers cut a longer life to (RFC 6265bis §5.5). */
const MAX_AGE_SECONDS = 34_560_000;
const LAST_DATE = Date.UTC(9999, 11, 31);
/** A second cookie behind a comma: two `Cookie` lines of one request are joined by one. */
const NEXT_COOKIE = /,\s*[!#$%&'*+\-.^`|~\w]+=.*$/s;

export function createCookiePassage(host: AuthHost): CookiePassage {
  const { cookies, sameSite, cookiePath, hostPrefix = false } = host;
  const browserNames = new Map(cookies.map((name) => [name, browserName(name, hostPrefix)]));
  const upstreamNames = new Map([...browserNames].map(([upstream, browser]) => [browser, upstream]));

  return {
    toUpstream: (headers) =>
      rewriteCookies(headers, (pair) => {
        const [, name = "", value = ""] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
        const upstream = upstreamNames.get(name.trim());
        return upstream === undefined ? "" : `${upstream}=${value.replace(NEXT_COOKIE, "")}`;
      }),

    toBrowser(line) {
      // What was set is read and written again, so nothing passes that was not understood; `Domain` is never written.
      const set = parseSetCookie(line, { decode: (value) => value });
      const name = browserNames.get(set.name);
      if (name === undefined) return null;
      const path = isBoundToHost(name) ? "/" : (cookiePath ?? set.path);
      const { maxAge, expires, httpOnly = false, partitioned = false } = set;
      return written({
        name,
        value: set.value ?? "",
        secure: true,
        httpOnly,
        partitioned,
        ...((sameSite ?? set.sameSite) !== undefined && { sameSite: sameSite ?? set.sameSite }),
        // Without a path of its own the browser takes that of the request, which is the same on both sides.
        ...(path?.startsWith("/") && { path }),
        ...(maxAge !== undefined && { maxAge: Math.min(Math.max(maxAge, 0), MAX_AGE_SECONDS) }),
        ...(expires && { expires: new Date(Math.min(Math.max(expires.getTime(), 0), LAST_DATE)) }),
      });
    },
  };
}

/** What browsers call it. A name with a prefix of its own has what the prefix promises already. */
export function browserName(name: string, hostPrefix: boolean): string {
  return hostPrefix && !/^__(?:host|secure|http)-/i.test(name) ? `__Host-${name}` : name;
}

/** Browsers compare the prefix without regard to case, and want `Path=/` with it (RFC 6265bis §5.7). */
function isBoundToHost(name: string): boolean {
  return /^__host-/i.test(name);
}

function written(cookie: Parameters<typeof stringifySetCookie>[0]): string | null {
  try {
    return stringifySetCookie(cookie, { encode: (value) => value });
  } catch {
    return null; // TypeError: a value with a space or a path with a control character; its message may hold the value
  }
}
