import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import { AuthError, isAuthError } from "../base/errors.js";

/** Far above what WebCrypto ever takes, far below what a visitor waits. */
const DEADLINE_MILLISECONDS = 3_000;

/**
 * Turns of the microtask queue before a timer is set. On workerd WebCrypto answers within them, so the timer, an eighth
 * of what opening a seal costs there, is never made; a runtime that computes elsewhere (Node) makes it.
 */
const TURNS_WITHOUT_TIMER = 24;

/**
 * Waits for work that is WebCrypto and arithmetic. Whatever goes wrong in it, an answer that never comes included, is
 * `crypto_failure`: ours, so the visitor is told to come back and keeps the cookie. An `AuthError` passes as it is.
 */
export async function settleCrypto<Result>(work: Promise<Result>): Promise<Result> {
  let answered = false;
  const mark = (): void => {
    answered = true;
  };
  work.then(mark, mark);
  for (let turn = 0; turn < TURNS_WITHOUT_TIMER && !answered; turn++) await null;
  try {
    const result = answered ? await work : await withDeadline(work, DEADLINE_MILLISECONDS);
    if (result !== TIMED_OUT) return result;
  } catch (cause) {
    // Expected: a DOMException of WebCrypto, a TypeError where `crypto.subtle` is missing, our own AuthError.
    throw isAuthError(cause) ? cause : new AuthError("crypto_failure", "WebCrypto failed.", { cause });
  }
  throw new AuthError("crypto_failure", "WebCrypto did not answer in time.");
}
