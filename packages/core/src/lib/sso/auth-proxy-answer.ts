import { addVary, PRIVATE } from "../base/answers.js";
import { removeHopByHop } from "../base/hop-by-hop.js";
import { forgetDecodedEncoding, isFinalStatus } from "../identity/foreign-answer.js";
import { createSecurityHeaders, type SecurityHeaders } from "../policy/security-headers.js";
import type { ResolvedHost } from "./auth-host.js";
import { publicLocation, publicRefresh } from "./public-location.js";

/** What describes the body, how long it is good for and what to do next. Everything else speaks of the provider's own host. */
const PASSED = new Set([
  "accept-ranges",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-range",
  "content-type",
  "etag",
  "expires",
  "last-modified",
  "location",
  "refresh",
  "retry-after",
  "set-cookie",
  "vary",
  "www-authenticate",
]);
const PAGE = /^\s*(?:text\/html|application\/xhtml\+xml)\b/i;

export interface PublicAnswerParts {
  readonly target: URL;
  /** What went up: with credentials the answer is somebody's own. */
  readonly sent: Request;
}

/** Our own rules for how careful browsers are with an answer: for pages, and for everything that is none. */
export function createAnswerPolicy(pages?: SecurityHeaders): (answer: Response) => Response {
  // No policy for content: we do not know what a provider's page is made of. Nobody frames it.
  const ofPages = pages ?? createSecurityHeaders({ preset: "page", csp: false });
  const others = createSecurityHeaders();
  return (answer) => (isPage(answer.headers) ? ofPages : others).apply(answer);
}

/**
 * The provider's answer for our visitor, with its body as a stream. `null` for one that nobody can be given: a redirect that
 * the rules do not allow, a status that is none.
 */
export async function publicAnswer(
  upstream: Response,
  resolved: ResolvedHost,
  parts: PublicAnswerParts,
): Promise<Response | null> {
  if (!isFinalStatus(upstream.status)) return null;
  const { rule } = resolved;
  // As init, because that takes the status along.
  const answer = new Response(upstream.body, upstream);
  const { headers } = answer;
  removeHopByHop(headers);
  const others = new Set(named(rule.answerHeaders));
  if (rule.upstreamCsp && isPage(headers)) others.add("content-security-policy");
  for (const name of [...headers.keys()]) if (!PASSED.has(name) && !others.has(name)) headers.delete(name);
  if (rule.through === undefined) forgetDecodedEncoding(headers);
  if (!(await showAddresses(headers, resolved, parts.target)) && upstream.status >= 300 && upstream.status < 400) {
    return null;
  }
  const isSet = rewriteSetCookies(headers, resolved);
  if (isSet || isPersonal(parts.sent, named(rule.headers)) || !headers.has("Cache-Control")) {
    headers.set("Cache-Control", PRIVATE);
    addVary(headers, "Cookie");
  }
  return answer;
}

/** Puts our own addresses in the place of the upstream's; `false` when `Location` leads nowhere it may. */
async function showAddresses(headers: Headers, resolved: ResolvedHost, target: URL): Promise<boolean> {
  const place = { origin: resolved.origin, target, redirects: resolved.rule.redirects };
  let isAllowed = true;
  for (const [name, shown] of [
    ["Location", publicLocation],
    ["Content-Location", publicLocation],
    ["Refresh", publicRefresh],
  ] as const) {
    const text = headers.get(name);
    if (text === null) continue;
    const address = await shown(text, place);
    if (address === null) headers.delete(name);
    else headers.set(name, address);
    if (name === "Location") isAllowed = address !== null;
  }
  return isAllowed;
}

/** Each line by itself (RFC 6265 §3): joined by commas they could not be told apart from their dates. */
function rewriteSetCookies(headers: Headers, { cookies }: ResolvedHost): boolean {
  const lines = headers.getSetCookie();
  headers.delete("Set-Cookie");
  for (const line of lines) {
    const own = cookies.toBrowser(line);
    if (own !== null) headers.append("Set-Cookie", own);
  }
  return headers.has("Set-Cookie");
}

/** What the configuration lets through beside what every browser sends may say who asks. */
function isPersonal({ method, headers }: Request, others: readonly string[]): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return !isRead || headers.has("Cookie") || others.some((name) => headers.has(name));
}

function named(names: readonly string[] = []): readonly string[] {
  return names.map((name) => name.toLowerCase());
}

/** Whether a browser would show it as a page. */
function isPage(headers: Headers): boolean {
  return PAGE.test(headers.get("Content-Type") ?? "");
}
