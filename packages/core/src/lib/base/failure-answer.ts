import { jsonAnswer } from "./answers.js";
import { type Failure, wireFailure } from "./failure.js";

/** After which it is worth trying again when we or our surroundings are down. */
const OUTAGE_RETRY_SECONDS = 5;

/** The JSON answer of a reason: its status and code, `more` beside the code, and with 503 when to come back. */
export function failureAnswer(
  reason: Failure,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status, error } = wireFailure(reason);
  const again = status === 503 && { "Retry-After": String(OUTAGE_RETRY_SECONDS) };
  return jsonAnswer(status, { error, ...more }, { ...again, ...headers });
}
