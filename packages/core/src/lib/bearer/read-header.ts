/** Above this it is neither a token nor a key, whatever it holds. */
const MAX_LENGTH = 16_384;
/** `b64token` of RFC 6750 §2.1: what tokens and keys are written in. */
const TOKEN = /^[\w.~+/-]+=*$/;

export type HeaderCredential =
  /** None of ours: no `Authorization`, or one of another scheme. */
  { readonly kind: "none" } | { readonly kind: "malformed" } | { readonly kind: "token"; readonly text: string };

/**
 * What `Authorization: Bearer …` holds. The scheme is compared without case (RFC 9110 §11.1), then comes one space and one
 * token. Two such headers arrive as one with a comma between them, which is no token. Nothing else is ever looked at: what
 * stands in a query or a body ends in logs, histories and `Referer` (RFC 6750 §5.3).
 */
export function readBearer(request: Request): HeaderCredential {
  const header = request.headers.get("Authorization");
  if (header === null || !/^bearer(?: |$)/i.test(header)) return { kind: "none" };
  const text = header.slice("bearer ".length);
  return text.length <= MAX_LENGTH && TOKEN.test(text) ? { kind: "token", text } : { kind: "malformed" };
}
