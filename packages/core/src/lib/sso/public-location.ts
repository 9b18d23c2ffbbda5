import { isAllowedOrigin } from "../policy/origin-verdict.js";
import type { Origins } from "../policy/origins.js";

/** What addresses are compared with. */
export interface Place {
  /** Of our host, as browsers name it. */
  readonly origin: string;
  /** What the upstream was asked for. */
  readonly target: URL;
  readonly redirects: Origins | undefined;
}

/** Whole seconds, and an address without the quotes and leniencies that browsers read differently. */
const REFRESH = /^\s*(\d{1,6})(?:\s*;\s*url=([^\s"']+))?\s*$/i;

/**
 * An address of the upstream's answer for our visitor: on the upstream it becomes ours, elsewhere it stays where `redirects`
 * allows that origin. `null` for every other, and for what is no web address.
 */
export async function publicLocation(text: string, { origin, target, redirects }: Place): Promise<string | null> {
  const url = URL.parse(text, target);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username + url.password !== "") return null;
  // By host: behind a proxy many upstreams believe that they are spoken to in http, under their name or under ours.
  if (url.host === target.host || url.host === new URL(origin).host) {
    // With our origin in front, a path that begins with `//` stays a path.
    return `${origin}${url.pathname}${url.search}${url.hash}`;
  }
  const isAllowed = redirects !== undefined && (await isAllowedOrigin(redirects, url.origin));
  return isAllowed ? url.href : null;
}

/** `Refresh` with its address for our visitor; `null` when it has none that may be shown. */
export async function publicRefresh(text: string, place: Place): Promise<string | null> {
  const [, seconds, address] = REFRESH.exec(text) ?? [];
  if (seconds === undefined) return null;
  if (address === undefined) return seconds;
  const location = await publicLocation(address, place);
  return location === null ? null : `${seconds}; url=${location}`;
}
