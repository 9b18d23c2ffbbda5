import { removeHopByHop } from "../base/hop-by-hop.js";
import { removeReserved, removeSessionTexts } from "./identity-headers.js";
import { outboundRequest } from "./outbound-request.js";
import { keepCookies } from "./own-cookies.js";

/**
 * What clients say of how they came here, for whom, and of another method than the one that was looked at. They can write what
 * they like, and upstreams believe it.
 */
const CLAIMED =
  /^(?:authorization|host|forwarded|true-client-ip|x-(?:real-ip|(?:cluster-)?client-ip|(?:http-)?method(?:-override)?|(?:forwarded|original|rewrite)(?:-.*)?))$/;

export interface UpstreamRequestParts {
  readonly target: URL;
  readonly signal: AbortSignal;
  readonly removeOwnCookies: (headers: Headers) => void;
  /** Names of those of the app that go along. */
  readonly cookies: readonly string[];
  /** Absent: none goes along. */
  readonly accessToken?: string;
  /** Somebody's own credentials are in it, or will be added: no cache may keep what comes back. */
  readonly isPersonal: boolean;
  /** The network's answers are decoded by most runtimes; those of a binding arrive as they were sent. */
  readonly isBound: boolean;
}

/** The request for the upstream: method and body are the visitor's, the body is not read here. */
export function upstreamRequest(request: Request, parts: UpstreamRequestParts): Request {
  const { target, signal, removeOwnCookies, cookies, accessToken, isPersonal, isBound } = parts;
  const headers = new Headers(request.headers);
  removeHopByHop(headers);
  removeOwnCookies(headers);
  removeSessionTexts(headers);
  keepCookies(headers, cookies);
  removeReserved(headers);
  for (const name of [...headers.keys()]) if (isClaimed(name)) headers.delete(name);
  const { host, protocol } = new URL(request.url);
  headers.set("X-Forwarded-Host", host);
  headers.set("X-Forwarded-Proto", protocol.slice(0, -1));
  if (accessToken !== undefined) headers.set("Authorization", `Bearer ${accessToken}`);
  return outboundRequest(request, {
    target,
    headers,
    signal,
    isPersonal: isPersonal || headers.has("Cookie"),
    isBound,
  });
}

/** In every spelling, as with our own names. */
function isClaimed(name: string): boolean {
  return CLAIMED.test(name.replace(/[^a-z0-9]/g, "-"));
}
