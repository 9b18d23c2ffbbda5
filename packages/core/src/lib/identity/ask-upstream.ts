import { TIMED_OUT, withDeadline } from "../base/deadline.js";

export interface AskOptions {
  /** For the headers of the answer. */
  readonly milliseconds: number;
  /** Ends the call that came too late. */
  readonly abort: AbortController;
}

/** The upstream's answer with its body unread, or why there is none. Never throws. */
export async function askUpstream(
  send: () => Promise<Response>,
  { milliseconds, abort }: AskOptions,
): Promise<Response | "bad_gateway" | "gateway_timeout"> {
  const work = attempt(send);
  const answer = await withDeadline(work, milliseconds);
  if (answer !== TIMED_OUT) return answer;
  abort.abort();
  // Not every upstream heeds a signal, and an unread body keeps its connection.
  void work.then((late) => (typeof late === "string" ? undefined : late.body?.cancel())).catch(() => undefined);
  return "gateway_timeout";
}

async function attempt(send: () => Promise<Response>): Promise<Response | "bad_gateway"> {
  try {
    return await send();
  } catch {
    return "bad_gateway"; // TypeError (DNS, TLS, reset), AbortError of the visitor, whatever a bound Worker throws
  }
}
