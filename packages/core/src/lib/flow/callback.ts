import type { Background } from "../base/ports.js";
import { readCallback } from "./callback-parameters.js";
import type { FlowParts } from "./flow-parts.js";
import { receiveAnswer } from "./receive-answer.js";
import { methodNotAllowed } from "./route-answers.js";

/** The provider sends the browser back. GET only: a POST from its site would come without our Lax cookies. */
export async function callback(parts: FlowParts, request: Request, background?: Background): Promise<Response> {
  if (request.method !== "GET") return methodNotAllowed("GET");
  const parameters = readCallback(new URL(request.url).searchParams);
  return receiveAnswer(parts, parameters, { request, background, byScript: false });
}
