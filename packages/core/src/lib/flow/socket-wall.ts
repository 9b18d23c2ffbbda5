import type { Background } from "../base/ports.js";
import { hasCookieName } from "../cookie/cookie.js";
import { isSameOrigin, isWebSocketUpgrade } from "../policy/same-origin.js";
import type { FlowParts } from "./flow-parts.js";
import { refuseAndTell } from "./refuse-and-tell.js";

/**
 * The answer to a WebSocket handshake of another site that carries our cookie, on whatever path; `null` for every other
 * request. CORS does not cover handshakes, and browsers add cookies to them.
 */
export function refuseForeignSocket(parts: FlowParts, request: Request, background?: Background): Response | null {
  if (!isWebSocketUpgrade(request) || isSameOrigin(request)) return null;
  // By the beginning of a name, so that the parts of a large session count, too. Older layouts open no socket.
  if (!hasCookieName(request.headers.get("Cookie"), parts.cookie.name)) return null;
  return refuseAndTell(parts, "csrf", request, background);
}
