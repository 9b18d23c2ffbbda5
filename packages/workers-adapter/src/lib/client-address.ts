/**
 * Whose request it is, for `createRateLimit`: `CF-Connecting-IP`, which Cloudflare writes over whatever a client sends under
 * that name. Every other header that names an address (`X-Forwarded-For`, `X-Real-IP`, `Forwarded`) is the client's to
 * write. Empty text where the header is absent.
 */
export function clientAddress(request: Request): string {
  return request.headers.get("CF-Connecting-IP") ?? "";
}
