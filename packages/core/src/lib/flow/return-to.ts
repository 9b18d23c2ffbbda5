/** Five flow cookies of this much still fit the 16 KiB of headers that small servers take (Node: all headers together). */
const MAX_LENGTH = 1_024;

/**
 * The one gate for every path a visitor is sent to: the path, query and fragment of a URL on the request's own origin,
 * as `Location` may carry them; `null` for everything else. Stricter than what browsers forgive: the text must itself
 * start with one `/` and hold printable ASCII only (tabs and line breaks vanish inside a URL parser, `\` becomes `/`).
 * What was built is parsed again: `/.//host` is ours when read, but its path alone would name another host.
 */
export function safeReturnTo(text: string, requestUrl: string): string | null {
  if (text.length > MAX_LENGTH || !/^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/.test(text)) return null;
  const { origin } = new URL(requestUrl);
  const url = URL.parse(text, origin);
  if (url === null || url.origin !== origin) return null;
  const path = url.pathname + url.search + url.hash;
  if (path.startsWith("//")) return null;
  // A separator that a lenient server in between may decode into the first one: "/%2fhost", "/%5chost".
  if (/^\/%(?:2f|5c|09|0a|0d)/i.test(path)) return null;
  const again = URL.parse(path, origin);
  return again !== null && again.origin === origin && again.username === "" ? path : null;
}
