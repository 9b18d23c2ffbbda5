import {
  type CookieSettings,
  clearCookie,
  clearSealedCookie,
  listCookieNames,
  readCookie,
  readSealedCookie,
  writeSealedCookie,
} from "../cookie/cookie.js";
import type { LegacySessions } from "./legacy-sessions.js";
import type { AnswerContext } from "./visitor-states.js";

export type Credential =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly reason: "no_credential" | "ambiguous_cookie" | "bad_chunks";
      readonly cookies: readonly string[];
      /** Only with `no_credential`: what lies in the cookie of the layouts before `es1`. */
      readonly legacy?: string;
    };

/** How a sealed session travels: read from a request, written into the answer to it, taken back. */
export interface Carrier extends Pick<AnswerContext, "varyBy" | "byHeader"> {
  read(request: Request): Credential;
  /** Set-Cookie lines, and deletions of what the request brought in another form. Throws `AuthError` `session_too_large`. */
  write(text: string, maxAgeSeconds: number, request: Request): readonly string[];
  clear(request: Request): readonly string[];
}

/** One cookie, or up to four where the text does not fit one. Whatever is written or taken back, `legacy`'s goes as well. */
export function cookieCarrier(
  settings: CookieSettings,
  legacy?: Pick<LegacySessions, "cookieName" | "cookieDomain">,
): Carrier {
  const { name, domain, sameSite } = settings;

  function withoutLegacy(request: Request): readonly string[] {
    if (!legacy || !listCookieNames(headerOf(request), legacy.cookieName).includes(legacy.cookieName)) return [];
    const { cookieName, cookieDomain } = legacy;
    return [clearCookie(cookieName, { sameSite, ...(cookieDomain !== undefined && { domain: cookieDomain }) })];
  }

  return {
    read(request) {
      const header = headerOf(request);
      const read = readSealedCookie(header, name);
      if (read.ok) return { ok: true, text: read.text };
      if (read.reason === "absent") {
        const older = legacy && readCookie(header, legacy.cookieName);
        return { ok: false, reason: "no_credential", cookies: [], ...(older?.ok && { legacy: older.text }) };
      }
      // Two cookies of one name: which one is ours cannot be told. Beside a domain cookie the other is a host-only twin,
      // and that one can be deleted without touching ours; every other double is left alone.
      const twins = domain === undefined ? [] : clearSealedCookie(header, { name, sameSite });
      return { ok: false, reason: read.reason, cookies: twins };
    },
    write: (text, maxAgeSeconds, request) => [
      ...writeSealedCookie(text, settings, { maxAgeSeconds, replaces: headerOf(request) }),
      ...withoutLegacy(request),
    ],
    clear: (request) => [...clearSealedCookie(headerOf(request), settings), ...withoutLegacy(request)],
  };
}

function headerOf(request: Request): string | null {
  return request.headers.get("Cookie");
}
