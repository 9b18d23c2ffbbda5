import { pause } from "../base/deadline.js";

export type FailingCall = "jwks" | "exchange" | "refresh";

/**
 * What happens to a call instead of its answer. With `lost`, `cut`, `malformed` and a delay the provider does its part, so
 * a refresh token is spent: the connection breaks before the answer or in its middle, or 200 comes with something else.
 */
export type Failure =
  | "network"
  /** No answer at all, until the request is aborted. */
  | "timeout"
  | "429"
  | "500"
  | "invalid_grant"
  | "lost"
  | "cut"
  | "malformed"
  /** The right answer, but late. */
  | { readonly afterMilliseconds: number }
  /** Any other answer. `retryAfter`: the header's value. */
  | { readonly status: number; readonly body?: string; readonly retryAfter?: string };

export interface Faults {
  /** The next calls of that kind, after those that are to fail already. */
  next(call: FailingCall, how: Failure, times: number): void;
  /** Every call, or every one of these kinds, until told otherwise; `null`: none. */
  always(how: Failure | null, only?: readonly FailingCall[]): void;
  take(call: FailingCall): Failure | null;
}

const RETRY_AFTER_SECONDS = "30";

export function createFaults(): Faults {
  const coming: Record<FailingCall, Failure[]> = { jwks: [], exchange: [], refresh: [] };
  let standing: Failure | null = null;
  let concerned: readonly FailingCall[] | undefined;
  return {
    next(call, how, times) {
      for (let time = 0; time < times; time++) coming[call].push(how);
    },
    always(how, only) {
      standing = how;
      concerned = only;
    },
    take: (call) => coming[call].shift() ?? (concerned?.includes(call) === false ? null : standing),
  };
}

/** The answer of a call that fails like that. `signal`: of the request, which alone ends one without an answer. */
export async function failAs(
  how: Failure,
  answer: () => Promise<Response>,
  signal: AbortSignal | null | undefined,
): Promise<Response> {
  if (typeof how === "object") {
    if ("afterMilliseconds" in how) {
      await pause(how.afterMilliseconds);
      return answer();
    }
    const { status, body = "<h1>Oh no</h1>", retryAfter } = how;
    return new Response(body, { status, headers: retryAfter === undefined ? {} : { "Retry-After": retryAfter } });
  }
  switch (how) {
    case "network":
      throw new TypeError("fetch failed");
    case "timeout":
      return untilAborted(signal);
    case "429":
      return Response.json(
        { error: "too_many_requests", error_description: "Too many requests." },
        { status: 429, headers: { "Retry-After": RETRY_AFTER_SECONDS } },
      );
    case "500":
      return new Response("<h1>Internal Server Error</h1>", { status: 500, headers: { "Content-Type": "text/html" } });
    case "invalid_grant":
      return invalidGrant();
    case "lost":
      await answer();
      throw new TypeError("fetch failed");
    case "cut":
      return cut(await answer());
    case "malformed":
      await answer();
      return new Response("<!doctype html><title>Sign in</title>", { headers: { "Content-Type": "text/html" } });
  }
}

/** RFC 6749 §5.2. */
export function invalidGrant(description = "The grant is unknown, expired or was exchanged already."): Response {
  return Response.json({ error: "invalid_grant", error_description: description }, { status: 400 });
}

function untilAborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = () => reject(new DOMException("The operation was aborted.", "AbortError"));
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/** The first half, and then a connection that breaks. */
async function cut(whole: Response): Promise<Response> {
  const bytes = new Uint8Array(await whole.arrayBuffer());
  const halves = [bytes.subarray(0, bytes.length >>> 1)];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const half = halves.pop();
      if (half) controller.enqueue(half);
      else controller.error(new TypeError("terminated"));
    },
  });
  return new Response(body, { status: whole.status, headers: { "Content-Type": "application/json" } });
}
