/** Meant for the next machine alone (RFC 9110 §7.6.1), and `Expect`, which only whoever holds the body can keep. */
const HOP_BY_HOP = [
  "Connection",
  "Keep-Alive",
  "Proxy-Authenticate",
  "Proxy-Authentication-Info",
  "Proxy-Authorization",
  "Proxy-Connection",
  "TE",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
  "Expect",
];
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Removes what must not go on to another machine, and every header that `Connection` names. Whoever sets headers of their
 * own does it after this: a client that lists them in `Connection` would have them dropped on the way. A WebSocket
 * handshake keeps its `Upgrade`, for without it there is none.
 */
export function removeHopByHop(headers: Headers): void {
  const upgrade = headers.get("Upgrade")?.trim().toLowerCase() === "websocket";
  // A length beside a transfer coding is not the body's (RFC 9112 §6.3).
  if (headers.has("Transfer-Encoding")) headers.delete("Content-Length");
  const listed = (headers.get("Connection") ?? "").split(",").map((name) => name.trim());
  for (const name of [...HOP_BY_HOP, ...listed]) {
    // The handshake's own headers are listed by no honest client, and a name that is none makes `delete` throw.
    if (TOKEN.test(name) && !(upgrade && /^sec-websocket-/i.test(name))) headers.delete(name);
  }
  if (!upgrade) return;
  headers.set("Upgrade", "websocket");
  headers.set("Connection", "Upgrade");
}
