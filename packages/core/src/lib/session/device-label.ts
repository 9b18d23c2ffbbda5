import { parse } from "bowser";

const UNKNOWN = "Unknown device";
const MAX_LENGTH = 256;
/** What an app or a command-line tool calls itself (RFC 9110 §10.1.5), where it is a plain name. */
const PRODUCT = /^([A-Za-z][A-Za-z0-9._-]{0,31})(?:[/ ]|$)/;
/** Every browser says it, for want of a better reason. */
const NO_PRODUCT = "mozilla";
/** The parser's own answers are of a closed list but where it falls back on the text itself. */
const PLAIN = /^[A-Za-z][A-Za-z0-9 .+-]{0,39}$/;

/**
 * "Firefox on macOS", "Safari on iPhone", or the name a program gives itself; "Unknown device" where the text says nothing. For
 * people, to know their devices by; a client can claim to be another one. Letters, digits, spaces and ".+_-" alone.
 */
export function deviceLabel(userAgent: string): string {
  const text = userAgent.slice(0, MAX_LENGTH);
  const product = PRODUCT.exec(text)?.[1];
  if (product === undefined) return UNKNOWN;
  if (product.toLowerCase() !== NO_PRODUCT && !text.includes("Mozilla/")) return product;
  const { browser, os, platform } = parse(text);
  const client = plain(browser.name)?.replace(/ for Android$/, "");
  const device = os.name === "iOS" ? (plain(platform.model) ?? "iOS") : plain(os.name);
  if (client === undefined) return device ?? UNKNOWN;
  return device === undefined ? client : `${client} on ${device}`;
}

function plain(name: string | undefined): string | undefined {
  return name !== undefined && PLAIN.test(name) ? name : undefined;
}
