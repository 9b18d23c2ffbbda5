import type { Background } from "../base/ports.js";
import type { FlowParts } from "./flow-parts.js";
import { refuseAndTell } from "./refuse-and-tell.js";

/** The 403 for a request that a page of another site may have sent, which is told. */
export function refuseCrossSite(
  parts: Pick<FlowParts, "emit">,
  request: Request,
  background: Background | undefined,
): Response {
  return refuseAndTell(parts, "csrf", request, background);
}
