import { isLoopback } from "../base/provider-url.js";

/** A mistyped option would otherwise be silently without effect. */
export function unknownOptions(options: object, known: readonly string[]): readonly string[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `\`${name}\` is no option here. There are: ${known.join(", ")}.`);
}

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
