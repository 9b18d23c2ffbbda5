/** Gateways and services have names of their owner's choice (`iss` and `aud`, RFC 7519 §4.1), compared exactly. */
export function isPartyName(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{1,256}$/.test(value);
}
