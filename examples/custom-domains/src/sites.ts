import { env } from "cloudflare:workers";

/** A host that people read pages of. */
export interface Site {
  readonly origin: string;
  readonly name: string;
  readonly line: string;
  /** The hub, or a customer's own domain. */
  readonly isHub: boolean;
}

export const AUTH_HOST = new URL(env.ISSUER).host;
export const DESTINATIONS: readonly string[] = env.DESTINATIONS.split(" ");

const LINES: Readonly<Record<string, string>> = {
  hub: "One account for all our customers' sites.",
  bakery: "Bread from four in the morning.",
  florist: "Cut today, gone by Sunday.",
  bookshop: "Second-hand, third floor.",
};

export const SITES: readonly Site[] = [env.HUB, ...DESTINATIONS].map((origin) => {
  const [label = ""] = new URL(origin).hostname.split(".");
  const name = `The ${label}`;
  return { origin, name, line: LINES[label] ?? "", isHub: origin === env.HUB };
});

/** `null`: no host of ours. */
export function siteAt(host: string): Site | null {
  return SITES.find(({ origin }) => new URL(origin).host === host) ?? null;
}
