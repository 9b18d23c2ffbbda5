import { chunkNames, joinChunks, splitText } from "./chunks.js";
import { type CookieOptions, type CookieSettings, resolveCookie } from "./options.js";
import { listCookieNames, readCookie } from "./read.js";
import { clearCookie, serializeCookie } from "./write.js";

export type CookieRead =
  /** `chunks`: in how many cookies the text came, 1 to 4. */
  | { readonly ok: true; readonly text: string; readonly chunks: number }
  | { readonly ok: false; readonly reason: "absent" | "ambiguous_cookie" | "bad_chunks" };

export interface WriteCookieOptions {
  /** Absent: the browser forgets the session when it closes. At most 400 days. */
  readonly maxAgeSeconds?: number;
  /** The request's `Cookie` header: what lies there in another form is deleted. Absent: nothing is. */
  readonly replaces?: string | null;
}

/** The sealed text in a request's `Cookie` header, from one cookie or from its chunks. Never throws for the header. */
export function readSessionCookie(cookieHeader: string | null, options?: CookieOptions): CookieRead {
  return readSealedCookie(cookieHeader, resolveCookie(options).name);
}

/**
 * One `Set-Cookie` value per chunk, and one deletion per stale chunk.
 * Throws `AuthError` `session_too_large` above 4 × 3,800 characters, and `config_invalid`.
 */
export function writeSessionCookie(text: string, options: CookieOptions & WriteCookieOptions = {}): string[] {
  const { maxAgeSeconds, replaces = null, ...cookie } = options;
  const more = { replaces, ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) };
  return [...writeSealedCookie(text, resolveCookie(cookie), more)];
}

/** Deletes the cookie and every chunk the header names, with the attributes it was set with. */
export function clearSessionCookie(cookieHeader: string | null, options?: CookieOptions): string[] {
  return [...clearSealedCookie(cookieHeader, resolveCookie(options))];
}

/**
 * A whole set of chunks goes before the single cookie. Both lie there when an answer came late, and which of them is
 * newer only the ledger can say; a broken set beside a whole cookie is what such an answer left over.
 */
export function readSealedCookie(header: string | null, name: string): CookieRead {
  const joined = joinChunks(header, name);
  if (joined.ok) return joined;
  const single = readCookie(header, name);
  if (single.ok) return { ...single, chunks: 1 };
  return single.reason === "absent" ? joined : single;
}

/** `writeSessionCookie` with settings that are resolved. */
export function writeSealedCookie(
  text: string,
  settings: CookieSettings,
  { maxAgeSeconds, replaces }: { readonly maxAgeSeconds?: number; readonly replaces: string | null },
): readonly string[] {
  const pairs = splitText(settings.name, text);
  const attributes = { ...scopeOf(settings), ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) };
  const stale = formsIn(replaces, settings.name).filter((name) => !pairs.some((pair) => pair.name === name));
  return [
    ...pairs.map(({ name, value }) =>
      serializeCookie(name, value, { ...attributes, oversizeCode: "session_too_large" }),
    ),
    ...stale.map((name) => clearCookie(name, scopeOf(settings))),
  ];
}

/** `clearSessionCookie` with settings that are resolved. */
export function clearSealedCookie(header: string | null, settings: CookieSettings): readonly string[] {
  // The single form also where it did not come along: another tab may have been given it meanwhile.
  const names = new Set([settings.name, ...formsIn(header, settings.name)]);
  return [...names].map((name) => clearCookie(name, scopeOf(settings)));
}

function formsIn(header: string | null, name: string): readonly string[] {
  const single = listCookieNames(header, name).filter((found) => found === name);
  return [...single, ...chunkNames(header, name)];
}

function scopeOf({ sameSite, domain }: CookieSettings): Pick<CookieSettings, "sameSite" | "domain"> {
  return { sameSite, ...(domain !== undefined && { domain }) };
}
