import { isCookieName } from "./options.js";

export type SingleCookie =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: "absent" | "ambiguous_cookie" };

/**
 * The one cookie of that name in a `Cookie` header, as the octets that came: nothing is decoded, so nothing can fail.
 * Two of one name are refused: a sibling domain or a longer path has tossed one in, and their order proves nothing.
 */
export function readCookie(header: string | null, name: string): SingleCookie {
  const found: string[] = [];
  eachCookie(header, (text, nameStart, nameEnd, valueStart, valueEnd) => {
    if (nameEnd - nameStart === name.length && text.startsWith(name, nameStart)) {
      found.push(text.slice(valueStart, valueEnd));
    }
  });
  const [text] = found;
  if (text === undefined) return { ok: false, reason: "absent" };
  return found.length === 1 ? { ok: true, text } : { ok: false, reason: "ambiguous_cookie" };
}

/** Whether the name of some cookie begins so. Names alone are looked at: a search through sealed values costs far more. */
export function hasCookieName(header: string | null, prefix: string): boolean {
  let found = false;
  eachCookie(header, (text, nameStart, nameEnd) => {
    found ||= nameEnd - nameStart >= prefix.length && text.startsWith(prefix, nameStart);
  });
  return found;
}

/** Names in a `Cookie` header that begin with a prefix, each once, in their order; only such as we may set ourselves. */
export function listCookieNames(header: string | null, prefix: string): readonly string[] {
  const names = new Set<string>();
  eachCookie(header, (text, nameStart, nameEnd) => {
    if (!text.startsWith(prefix, nameStart)) return;
    const name = text.slice(nameStart, nameEnd);
    if (name.startsWith(prefix) && isCookieName(name)) names.add(name);
  });
  return [...names];
}

type Visit = (header: string, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number) => void;

/**
 * Splits at `;` and trims space and tab, nothing else: what a browser sends as part of a name stays part of it, so that
 * a name with an exotic blank is another name. A pair without `=`, or without a name, belongs to nobody.
 * RFC 6265bis §5.8.3; one pass over the header.
 */
function eachCookie(given: string | null, visit: Visit): void {
  const header = given ?? "";
  for (let start = 0; start < header.length; ) {
    const semicolon = header.indexOf(";", start);
    const end = semicolon === -1 ? header.length : semicolon;
    let equals = start;
    while (equals < end && header.charCodeAt(equals) !== 0x3d) equals++;
    const nameStart = skipBlanks(header, start, equals);
    const nameEnd = dropBlanks(header, nameStart, equals);
    if (equals < end && nameStart < nameEnd) {
      const valueStart = skipBlanks(header, equals + 1, end);
      visit(header, nameStart, nameEnd, valueStart, dropBlanks(header, valueStart, end));
    }
    start = end + 1;
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function skipBlanks(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(text.charCodeAt(at))) at++;
  return at;
}

function dropBlanks(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}
