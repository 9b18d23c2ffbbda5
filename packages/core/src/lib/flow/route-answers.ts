import { PRIVATE } from "../base/answers.js";
import { failureAnswer } from "../base/failure-answer.js";

/** A redirect that no cache keeps and that tells the next site nothing of this one. Never 307 or 308: a body stays here. */
export function redirect(status: 302 | 303, location: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({
    Location: location,
    "Cache-Control": PRIVATE,
    Vary: "Cookie",
    "Referrer-Policy": "no-referrer",
  });
  return withCookies(new Response(null, { status, headers }), cookies);
}

export function methodNotAllowed(allow: string): Response {
  return failureAnswer("method_not_allowed", {}, { Allow: allow });
}

export function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const line of cookies) response.headers.append("Set-Cookie", line);
  return response;
}
