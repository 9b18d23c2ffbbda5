/** What would speak for our whole host: its cookies, its transport, its place, who is told of its URLs, who is signed in. */
export const OF_THE_HOST = [
  "Clear-Site-Data",
  "Strict-Transport-Security",
  "Alt-Svc",
  "Content-Location",
  "NEL",
  "Report-To",
  "Accept-CH",
  "Critical-CH",
  "Service-Worker-Allowed",
  "Set-Login",
  "Secure-Session-Registration",
  "Sec-Session-Registration",
] as const;
const CORS = /^(?:access-control-.*|timing-allow-origin)$/i;
/** What we ask for, and what a runtime decodes unasked. */
const DECODED = /^(?:x-gzip|gzip|br)$/i;

/** Says who may read an answer from another origin. */
export function isCorsHeader(name: string): boolean {
  return CORS.test(name);
}

/** One that a visitor can be given: neither preliminary nor out of range. */
export function isFinalStatus(status: number): boolean {
  return status >= 200 && status <= 599;
}

/** For an answer of the network: `fetch` on Node decodes the body and leaves the headers that speak of the encoded one. */
export function forgetDecodedEncoding(headers: Headers): void {
  if (!DECODED.test(headers.get("Content-Encoding") ?? "")) return;
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
}
