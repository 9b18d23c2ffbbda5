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

const copies = new WeakSet<Response>();

/**
 * A copy for one visitor. An answer, also one that went through here before, may be somebody's for more than one request, and
 * what is written for one visitor must not reach the next. The body is not read.
 */
export function personalCopy(response: Response): Response {
  const copy = new Response(response.body, response);
  copies.add(copy);
  return copy;
}

/**
 * An answer whose headers can be written: a copy, because those of `fetch` and `Response.redirect` are immutable. A visitor's
 * copy is not copied again: each costs as much as four headers. The body is not read.
 */
export function writable(response: Response): Response {
  return copies.has(response) ? response : new Response(response.body, response);
}

/** Names a header of the request that the answer depends on; once is enough, and `*` names them all. */
export function addVary(headers: Headers, name: string): void {
  const named = headers.get("Vary")?.toLowerCase().split(",") ?? [];
  if (named.some((one) => one.trim() === name.toLowerCase() || one.trim() === "*")) return;
  headers.append("Vary", name);
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
