/**
 * Fetch Metadata first (only a browser writes `Sec-Fetch-*`, no page can), `Origin` where it is absent: Safari before
 * 16.4 and plain http. Neither header means that nothing proves where the request came from, so it is refused;
 * `Origin: null` (sandboxed frame, `data:` page) and lists are no origin of ours.
 */
export function isSameOrigin(request: Request): boolean {
  const site = request.headers.get("Sec-Fetch-Site");
  if (site !== null) return site === "same-origin";
  const origin = request.headers.get("Origin");
  // Only the request's own URL says what we are called; forwarded headers are the client's to write.
  return origin !== null && origin === new URL(request.url).origin;
}

/** Methods that change nothing (RFC 9110 §9.2.1). Every other one, an unknown one too, is unsafe. */
export function isSafeMethod(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS" || method === "TRACE";
}

/** A WebSocket handshake (RFC 6455 §4.1). It is a GET that CORS does not cover, and the browser adds cookies to it. */
export function isWebSocketUpgrade(request: Request): boolean {
  return request.headers.get("Upgrade")?.trim().toLowerCase() === "websocket";
}
