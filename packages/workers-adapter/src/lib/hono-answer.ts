import type { Context } from "hono";

/**
 * Ends the request with an answer of ours. Returning it would let Hono lay every header that is already there over it:
 * a cookie set earlier would take the place of ours, and somebody's `Cache-Control` or `Vary` too. What earlier
 * middleware said otherwise (CORS, a request id) stays.
 */
export function answerWith(c: Context, answer: Response): void {
  const earlier = c.res.headers;
  const response = new Response(answer.body, answer);
  for (const [name, value] of earlier) {
    if (name === "set-cookie" || name === "vary") response.headers.append(name, value);
    else if (!response.headers.has(name)) response.headers.set(name, value);
  }
  replaceAnswer(c, response);
}

/** Sets the response as it is: Hono merges only into one that is there. */
export function replaceAnswer(c: Context, response: Response): void {
  c.res = undefined;
  c.res = response;
}
