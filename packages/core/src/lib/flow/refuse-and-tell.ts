import type { RouteRefusal } from "../base/failure.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import type { FlowParts } from "./flow-parts.js";

/** The answer of a route that says no, whose reason is told: a refusal `x` raises the event `x`. */
export function refuseAndTell(
  parts: Pick<FlowParts, "emit">,
  reason: RouteRefusal,
  request: Request,
  background: Background | undefined,
): Response {
  parts.emit({ type: reason }, background, request);
  return failureAnswer(reason);
}
