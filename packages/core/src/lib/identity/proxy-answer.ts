import { removeHopByHop } from "../base/hop-by-hop.js";
import { removeReserved } from "./identity-headers.js";
import { locationFor, type ResolvedRoute } from "./proxy-target.js";

/** What would speak for our whole host: its cookies, its transport, its place, who is told of its URLs, who is signed in. */
const OF_THE_HOST = [
  "Clear-Site-Data",
  "Strict-Transport-Security",
  "Alt-Svc",
  "Content-Location",
  "NEL",
  "Report-To",
  "Accept-CH",
  "Critical-CH",
  "Service-Worker-Allowed",
  "Set-Login",
  "Secure-Session-Registration",
  "Sec-Session-Registration",
];
const CORS = /^(?:access-control-.*|timing-allow-origin)$/;
/** What we ask for, and what a runtime decodes unasked. */
const DECODED = /^(?:x-gzip|gzip|br)$/i;

/**
 * The upstream's answer for our visitor, with its body as a stream and its WebSocket. `null` for one that nobody can be
 * given: a redirect into the upstream's own network, a status that is none.
 */
export function upstreamAnswer(upstream: Response, resolved: ResolvedRoute, target: URL): Response | null {
  const { status } = upstream;
  const isUpgrade = status === 101 && "webSocket" in upstream;
  if (!isUpgrade && (status < 200 || status > 599)) return null;
  const { cookies = [], accessControl = false, through } = resolved.route;
  // As init, because that takes status, headers and the socket along.
  const answer = new Response(upstream.body, upstream);
  const { headers } = answer;
  if (!isUpgrade) headers.delete("Upgrade");
  removeHopByHop(headers);
  removeReserved(headers);
  for (const name of OF_THE_HOST) headers.delete(name);
  if (!accessControl) for (const name of [...headers.keys()]) if (CORS.test(name)) headers.delete(name);
  if (through === undefined && DECODED.test(headers.get("Content-Encoding") ?? "")) {
    headers.delete("Content-Encoding");
    headers.delete("Content-Length");
  }
  keepSetCookies(headers, cookies);
  return redirected(headers, resolved, target) || status < 300 || status > 399 ? answer : null;
}

function keepSetCookies(headers: Headers, names: readonly string[]): void {
  const lines = headers.getSetCookie();
  headers.delete("Set-Cookie");
  for (const line of lines) {
    const name = (line.split(/[=;]/, 1)[0] ?? "").trim();
    if (names.includes(name)) headers.append("Set-Cookie", line);
  }
}

/** Puts our own address into `Location`; `false` when it leads to none. */
function redirected(headers: Headers, resolved: ResolvedRoute, target: URL): boolean {
  const location = headers.get("Location");
  if (location === null) return true;
  const ours = locationFor(resolved, location, target);
  if (ours === null) headers.delete("Location");
  else headers.set("Location", ours);
  return ours !== null;
}
