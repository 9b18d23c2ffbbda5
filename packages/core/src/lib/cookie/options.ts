import { refuseConfig } from "../base/errors.js";

/** Host-only unless a domain is named; each form allows only the prefix browsers accept with it. */
export type CookieOptions = HostCookie | DomainCookie;

export interface HostCookie {
  /** Default `__Host-session`. */
  readonly name?: `__Host-${string}`;
  readonly domain?: never;
  /** Default `lax`. */
  readonly sameSite?: "lax" | "strict";
}

export interface DomainCookie {
  /** Default `__Secure-session`. */
  readonly name?: `__Secure-${string}`;
  /** Every host below it receives the session, previews and third parties included. */
  readonly domain: string;
  /** Default `lax`. */
  readonly sameSite?: "lax" | "strict";
}

/** `CookieOptions` with nothing left open. Every cookie of ours is Secure, HttpOnly and Path=/ besides. */
export interface CookieSettings {
  readonly name: string;
  readonly sameSite: "lax" | "strict";
  readonly domain?: string;
}

/** Leaves 3,800 characters of value and a chunk's number below the 4,096 octets a browser keeps. */
const MAX_NAME_LENGTH = 128;
const OPTIONS = new Set(["name", "domain", "sameSite"]);

/** A cookie-name is a token (RFC 6265bis §4.1.1, RFC 9110 §5.6.2). */
export function isCookieName(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
}

/** Two labels or more, as in RFC 1123 §2.1. Browsers refuse an address and a single label. */
export function isCookieDomain(domain: string): boolean {
  return (
    domain.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(domain)
  );
}

/** Checks options and fills in what was left out. Throws `config_invalid` with every problem. */
export function resolveCookie(options: CookieOptions = {}): CookieSettings {
  refuseConfig(cookieProblems(options));
  const { domain, sameSite = "lax" } = options;
  const name = options.name ?? (domain === undefined ? "__Host-session" : "__Secure-session");
  return { name, sameSite, ...(domain !== undefined && { domain: domain.toLowerCase() }) };
}

/** Everything wrong with the options, for a caller that has problems of its own to add. Types do not bind JavaScript. */
export function cookieProblems(options: unknown): string[] {
  if (options === undefined) return [];
  if (typeof options !== "object" || options === null) return ["`cookie` must be an object, or left out."];
  const { name, domain, sameSite }: { name?: unknown; domain?: unknown; sameSite?: unknown } = options;
  const problems: string[] = [];
  if (Object.keys(options).some((option) => !OPTIONS.has(option))) {
    problems.push(
      "`cookie` has only `name`, `domain` and `sameSite`: Secure, HttpOnly, Path=/ and Max-Age are not options.",
    );
  }
  if (domain !== undefined && !(typeof domain === "string" && isCookieDomain(domain))) {
    problems.push(
      "`cookie.domain` must be a host name of two labels or more, such as `example.com`, without a leading dot.",
    );
  }
  if (name !== undefined) problems.push(...nameProblems(name, domain !== undefined));
  if (sameSite !== undefined && sameSite !== "lax" && sameSite !== "strict") {
    problems.push('`cookie.sameSite` must be "lax" or "strict": with "none" other sites would send the session.');
  }
  return problems;
}

function nameProblems(name: unknown, hasDomain: boolean): string[] {
  if (typeof name !== "string" || !isCookieName(name) || name.length > MAX_NAME_LENGTH) {
    return [`\`cookie.name\` must be a token (RFC 9110) of at most ${MAX_NAME_LENGTH} characters.`];
  }
  // Browsers compare a prefix without regard to case, we do not: one spelling, one cookie.
  const prefix = hasDomain ? "__Secure-" : "__Host-";
  if (name.startsWith(prefix) && name.length > prefix.length) return [];
  return hasDomain
    ? [
        "`cookie.name` must begin with `__Secure-` beside `cookie.domain`: browsers drop a `__Host-` cookie that has a domain.",
      ]
    : ["`cookie.name` must begin with `__Host-`, or with `__Secure-` beside `cookie.domain`."];
}
