/** `https://`, a host name of 253 characters (RFC 1035 §2.3.4), a port. Nothing longer is looked at. */
const MAX_ORIGIN_LENGTH = 267;

/**
 * An https origin in the one form a browser writes it (RFC 6454 §6.2): lower case, no default port, no path, no dot at the
 * end. `null`, lists and every other spelling are none.
 */
export function isCanonicalOrigin(text: string): boolean {
  // URLs may have `{`, `*` and quotes in a host name; no name that resolves has.
  if (text.length > MAX_ORIGIN_LENGTH || !/^https:[\w./:[\]-]+$/.test(text)) return false;
  const url = URL.parse(text);
  return url?.protocol === "https:" && url.origin === text && !url.hostname.endsWith(".");
}
