import { type CookieSettings, clearCookie, readCookie, serializeCookie } from "../cookie/cookie.js";

export type Credential =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: "no_credential" | "ambiguous_cookie"; readonly cookies: readonly string[] };

/** How a sealed session travels: read from a request, written into an answer, taken back. */
export interface Carrier {
  read(request: Request): Credential;
  /** Set-Cookie lines. Throws `AuthError` `session_too_large`. */
  write(text: string, maxAgeSeconds: number): readonly string[];
  clear(): readonly string[];
}

/** One cookie. Its size is what browsers keep: 4,096 bytes with its name. */
export function cookieCarrier(settings: CookieSettings): Carrier {
  const { name, domain, sameSite } = settings;
  const attributes = { sameSite, ...(domain !== undefined && { domain }) };
  // Two cookies of our name: which one is ours cannot be told. Beside a domain cookie the other is a host-only twin,
  // and that one can be deleted without touching ours; every other double is left alone.
  const twin = domain === undefined ? [] : [clearCookie(name, { sameSite })];
  return {
    read(request) {
      const read = readCookie(request.headers.get("Cookie"), name);
      if (read.ok) return read;
      if (read.reason === "absent") return { ok: false, reason: "no_credential", cookies: [] };
      return { ok: false, reason: "ambiguous_cookie", cookies: twin };
    },
    write: (text, maxAgeSeconds) => [
      serializeCookie(name, text, { ...attributes, maxAgeSeconds, oversizeCode: "session_too_large" }),
    ],
    clear: () => [clearCookie(name, attributes)],
  };
}
