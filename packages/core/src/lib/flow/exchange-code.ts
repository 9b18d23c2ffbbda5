import type { Background } from "../base/ports.js";
import { isSameOrigin } from "../policy/same-origin.js";
import { readCallback } from "./callback-parameters.js";
import type { FlowParts } from "./flow-parts.js";
import { readBody } from "./read-body.js";
import { receiveAnswer } from "./receive-answer.js";
import { refuseAndTell } from "./refuse-and-tell.js";
import { isJson } from "./request-kind.js";
import { methodNotAllowed } from "./route-answers.js";

/**
 * `POST <prefix>/token`: the provider sent the browser to a page of the app, and its script posts what came along. All a
 * GET of the callback needs is needed here, too: the code is worth nothing without the flow cookie of this browser.
 */
export async function exchangeCode(parts: FlowParts, request: Request, background?: Background): Promise<Response> {
  if (request.method !== "POST") {
    parts.emit({ type: "method_not_allowed" }, background, request);
    return methodNotAllowed("POST");
  }
  // Not the table's wall alone: this can be called from a router of the app's own.
  if (!isSameOrigin(request)) return refuseAndTell(parts, "csrf", request, background);
  // No form: a foreign page can send one without asking (Fetch, "CORS-safelisted request-header").
  const fields = isJson(request) ? await readBody(request) : null;
  if (fields === null) return refuseAndTell(parts, "invalid_request", request, background);
  return receiveAnswer(parts, readCallback(fields), { request, background, byScript: true });
}
