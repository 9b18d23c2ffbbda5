/** Bytes that servers read as a separator, an end or a parameter when they come percent-encoded; in either case. */
const AMBIGUOUS_ENCODINGS = /%(?:2f|5c|3b|7f|[01][0-9a-f])/i;
/**
 * `.` and `..` as a segment of their own, and `\`. On workerd a request's URL is the text that came over the wire: a router
 * that splits that text and one that parses it would see two paths.
 */
const UNRESOLVED = /\\|\/(?:\.|%2e){1,2}(?:\/|$)/i;
/** `%2561` becomes `%61` here and `a` behind a server that decodes once more. */
const ENCODED_TWICE = /%25[0-9a-f]{2}/i;

/**
 * The one form in which a guarded path is compared: percent-encoding decoded once, no trailing slash (`/` itself stays).
 * `null` for a path that two servers may read as two different ones: dot segments, `\`, `%2f`, `%5c`, `;` and control
 * bytes, `//`, a stray `%`, bytes that are not UTF-8, two layers of encoding.
 *
 * Case is kept: paths are case-sensitive (RFC 3986 §6.2.2.1), and folding would make `/HEALTH` public for an app that
 * only meant `/health`. Whoever guards by default refuses the other spelling, which is the safe side.
 */
export function canonicalPath(url: string | URL): string | null {
  const text = typeof url === "string" ? url : url.href;
  const parsed = URL.parse(text);
  // Looked for in the text itself: parsing resolves them, and whoever does not parse would still see them.
  if (parsed === null || UNRESOLVED.test(text.split(/[?#]/, 1)[0] ?? "")) return null;
  const path = parsed.pathname;
  if (!path.startsWith("/") || path.includes("//") || path.includes(";")) return null;
  if (AMBIGUOUS_ENCODINGS.test(path) || ENCODED_TWICE.test(path)) return null;
  const decoded = decodeOnce(path);
  if (decoded === null) return null;
  return decoded.length > 1 && decoded.endsWith("/") ? decoded.slice(0, -1) : decoded;
}

/**
 * True when one of the patterns names this canonical path: `/health` that path alone, `/assets/*` everything below
 * `/assets/` (not `/assets` itself), `/*` everything.
 */
export function matchesPath(patterns: readonly string[], canonical: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith("/*") ? canonical.startsWith(pattern.slice(0, -1)) : canonical === pattern,
  );
}

/** What is wrong with a pattern, in a sentence; `null` when it can match. For configuration, once. */
export function pathPatternProblem(pattern: unknown): string | null {
  if (typeof pattern !== "string") return "A path pattern must be a text such as `/health` or `/assets/*`.";
  const path = pattern.endsWith("/*") ? pattern.slice(0, -1) : pattern;
  if (!path.startsWith("/")) return `The path pattern ${JSON.stringify(pattern)} must start with "/".`;
  if (path.includes("//")) return `The path pattern ${JSON.stringify(pattern)} is ambiguous and never matches.`;
  if (path.includes("*")) return `The path pattern ${JSON.stringify(pattern)} may have "*" only as its last segment.`;
  if (/[?#]/.test(path)) return `The path pattern ${JSON.stringify(pattern)} must be a path alone, without "?" or "#".`;
  const wanted = pattern.endsWith("/*") && path.length > 1 ? path.slice(0, -1) : path;
  const canonical = canonicalPath(`http://path.invalid${wanted}`);
  if (canonical === wanted) return null;
  if (canonical === null) return `The path pattern ${JSON.stringify(pattern)} is ambiguous and never matches.`;
  return `The path pattern ${JSON.stringify(pattern)} never matches; write ${JSON.stringify(canonical)}.`;
}

function decodeOnce(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null; // URIError: a stray "%" or bytes that are not UTF-8
  }
}
