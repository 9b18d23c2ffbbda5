export interface OutboundParts {
  readonly target: URL;
  /** All that goes along; `Accept-Encoding` is set here. */
  readonly headers: Headers;
  readonly signal: AbortSignal;
  /** Somebody's own credentials are in it, or will be added: no cache may keep what comes back. */
  readonly isPersonal: boolean;
  /** The network's answers are decoded by most runtimes; those of a binding arrive as they were sent. */
  readonly isBound: boolean;
}

/** The visitor's method and body, unread, under another address and with other headers. */
export function outboundRequest(request: Request, parts: OutboundParts): Request {
  const { target, headers, signal, isPersonal, isBound } = parts;
  // Every runtime decodes gzip; a part of it (RFC 9110 §14) no one can.
  if (!isBound) headers.set("Accept-Encoding", headers.has("Range") ? "identity" : "gzip");
  // A redirect could lead the credentials anywhere.
  const init: RequestInit = { headers, redirect: "manual", signal };
  // `fetch` of Workers keeps a GET of `….pdf` by its URL alone, whoever asked. `Authorization` would be seen, others not.
  if (isPersonal) init.cache = "no-store";
  return new Request(new Request(target, request), init);
}
