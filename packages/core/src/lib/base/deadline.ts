/** In place of a result that did not come in time. */
export const TIMED_OUT: unique symbol = Symbol("edgeseal.timed-out");

/**
 * The work's result, or `TIMED_OUT` once `milliseconds` have passed. Abandoned work goes on unheard, its failure too, so
 * whoever holds something open has to close it by itself.
 */
export async function withDeadline<Result>(
  work: Promise<Result>,
  milliseconds: number,
): Promise<Result | typeof TIMED_OUT> {
  const { promise: deadline, resolve } = Promise.withResolvers<typeof TIMED_OUT>();
  const timer = setTimeout(() => resolve(TIMED_OUT), milliseconds);
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits on a timer of the calling request: on Workers nobody may wait on another request's promise. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
