import { isLoopback } from "../base/provider-url.js";

/** https, or http on a loopback host, and without fragment (RFC 6749 §3.1.2). */
export function isRedirectUri(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, hostname, hash, username, password } = new URL(value);
  const isSafe = protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
  return isSafe && hash === "" && username === "" && password === "";
}

/** One left over from a template. */
export function isPlaceholder(value: string): boolean {
  return /^(x+|your.*|change.?me|placeholder|example|todo|replace.*|undefined|null)?$/i.test(value);
}
