import { jsonAnswer, PRIVATE } from "../base/answers.js";
import { type Failure, wireFailure } from "../base/failure.js";

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

/** The JSON refusal of a reason. */
export function refuse(reason: Failure, more: Readonly<Record<string, unknown>> = {}): Response {
  const { status, error } = wireFailure(reason);
  return jsonAnswer(status, { error, ...more }, status === 503 ? { "Retry-After": "5" } : {});
}

export function methodNotAllowed(allow: string): Response {
  const { status, error } = wireFailure("method_not_allowed");
  return jsonAnswer(status, { error }, { Allow: allow });
}

export function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const line of cookies) response.headers.append("Set-Cookie", line);
  return response;
}
