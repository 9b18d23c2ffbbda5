import { removeHopByHop } from "../base/hop-by-hop.js";
import { outboundRequest } from "../identity/outbound-request.js";
import type { ResolvedHost } from "./auth-host.js";

/** What every browser sends and no provider takes for more than it is. */
const PASSED = new Set([
  "accept",
  "accept-language",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "if-modified-since",
  "if-none-match",
  "origin",
  "range",
  "sec-ch-ua",
  "sec-ch-ua-mobile",
  "sec-ch-ua-platform",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "sec-fetch-user",
  "user-agent",
]);
/** An IP address and nothing that a list or a parameter could be made of. */
const ADDRESS = /^[\da-f.:]{2,45}$/i;

export interface ProviderRequestParts {
  readonly target: URL;
  readonly signal: AbortSignal;
  /** Of the client; anything but an address is not told. */
  readonly address: string;
}

/** The request for the provider: method and body are the visitor's, the body is not read here. */
export function providerRequest(request: Request, resolved: ResolvedHost, parts: ProviderRequestParts): Request {
  const { rule, host, origin, cookies } = resolved;
  const { target, signal, address } = parts;
  const headers = new Headers(request.headers);
  removeHopByHop(headers);
  const named = new Set(rule.headers?.map((name) => name.toLowerCase()));
  for (const name of [...headers.keys()]) if (!PASSED.has(name) && !named.has(name)) headers.delete(name);
  cookies.toUpstream(headers);
  const proto = origin.slice(0, origin.indexOf(":"));
  headers.set("X-Forwarded-Host", host);
  headers.set("X-Forwarded-Proto", proto);
  const isAddress = ADDRESS.test(address);
  if (isAddress) headers.set("X-Forwarded-For", address);
  headers.set("Forwarded", `${isAddress ? `for=${node(address)};` : ""}host="${host}";proto=${proto}`);
  return outboundRequest(request, { target, headers, signal, isPersonal: true, isBound: rule.through !== undefined });
}

/** RFC 7239 §6: an IPv6 address stands in brackets and quotes. */
function node(address: string): string {
  return address.includes(":") ? `"[${address}]"` : address;
}
