import { removeHopByHop } from "../base/hop-by-hop.js";
import { forgetDecodedEncoding, isCorsHeader, isFinalStatus, OF_THE_HOST } from "./foreign-answer.js";
import { removeReserved } from "./identity-headers.js";
import { locationFor, type ResolvedRoute } from "./proxy-target.js";

/**
 * The upstream's answer for our visitor, with its body as a stream and its WebSocket. `null` for one that nobody can be
 * given: a redirect into the upstream's own network, a status that is none.
 */
export function upstreamAnswer(upstream: Response, resolved: ResolvedRoute, target: URL): Response | null {
  const { status } = upstream;
  const isUpgrade = status === 101 && "webSocket" in upstream;
  if (!isUpgrade && !isFinalStatus(status)) return null;
  const { cookies = [], accessControl = false, through } = resolved.route;
  // As init, because that takes status, headers and the socket along.
  const answer = new Response(upstream.body, upstream);
  const { headers } = answer;
  if (!isUpgrade) headers.delete("Upgrade");
  removeHopByHop(headers);
  removeReserved(headers);
  for (const name of OF_THE_HOST) headers.delete(name);
  if (!accessControl) for (const name of [...headers.keys()]) if (isCorsHeader(name)) headers.delete(name);
  if (through === undefined) forgetDecodedEncoding(headers);
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
