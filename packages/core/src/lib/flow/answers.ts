import { isNavigation, jsonAnswer, PRIVATE } from "../base/answers.js";
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

/** The browser shows what we answer: a page that was opened, or a form that was sent. */
export function showsAnswer(request: Request): boolean {
  return isNavigation(request) || isFormNavigation(request);
}

/** A form that was sent, by `Sec-Fetch-Mode` or, without that header, by the body's type: a script would send JSON. */
export function isFormNavigation(request: Request): boolean {
  if (request.method !== "POST") return false;
  const mode = request.headers.get("Sec-Fetch-Mode");
  return mode === null ? isForm(request) : mode === "navigate";
}

/** JSON and nothing that only begins like it: `application/json;,text/plain` is read differently by different parsers. */
export function isJson(request: Request): boolean {
  const type = request.headers.get("Content-Type") ?? "";
  return /^application\/json(?:[ \t]*;[ \t]*charset="?utf-8"?)?$/i.test(type.trim());
}

export function isForm(request: Request): boolean {
  const [type = ""] = (request.headers.get("Content-Type") ?? "").split(";");
  return type.trim().toLowerCase() === "application/x-www-form-urlencoded";
}
