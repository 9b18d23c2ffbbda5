/** On everything that depends on who asks: no cache keeps it, and none gives it to somebody else. */
export const PRIVATE = "private, no-store";

/**
 * Somebody who looks at a page and can be sent elsewhere: a GET with `Sec-Fetch-Mode: navigate`, or without that header
 * (older browsers) one whose `Accept` names `text/html`. Everything else is a program and gets a status and JSON.
 */
export function isNavigation(request: Request): boolean {
  if (request.method !== "GET") return false;
  const mode = request.headers.get("Sec-Fetch-Mode");
  if (mode !== null) return mode === "navigate";
  return request.headers.get("Accept")?.includes("text/html") ?? false;
}

/** Nothing of an answer that is no page may run, be framed or be taken for another type. */
export const STRICT = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
};

/** A JSON answer that no cache keeps. */
export function jsonAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json", ...STRICT, "Cache-Control": PRIVATE, Vary: "Cookie", ...headers },
  });
}
