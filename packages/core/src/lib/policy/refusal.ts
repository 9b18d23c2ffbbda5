import type { RouteRefusal } from "../base/failure.js";
import { failureAnswer } from "../base/failure-answer.js";

/** `check` decides, `deny` answers. */
export interface Refusal {
  /** The code of the answer's body, and the type of the event. */
  readonly reason: string;
  /** Which rule said no, from a closed list: for events and logs, the answer does not say. */
  readonly detail?: string;
  /** A new answer at each call: a status and `{"error": reason}`, which no cache keeps. */
  deny(): Response;
}

export interface RefusalOptions {
  readonly detail?: string;
  /** Added to the answer. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

export function refusal(reason: RouteRefusal, options: RefusalOptions = {}): Refusal {
  const { detail, headers } = options;
  return {
    reason,
    ...(detail !== undefined && { detail }),
    deny: () => failureAnswer(reason, {}, headers),
  };
}
