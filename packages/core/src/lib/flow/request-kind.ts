import { isNavigation } from "../base/answers.js";

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
