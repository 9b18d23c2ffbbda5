import { readIsoTime } from "../base/iso-time.js";
import { isRecord } from "../base/json.js";
import { isCookieDomain, isCookieName } from "../cookie/cookie.js";
import { SECRET_COMMAND, secretWeakness } from "../seal/secret-strength.js";

/** Reads sessions in the two layouts before `es1`, for a while: people who were signed in there stay signed in here. */
export interface LegacyOptions {
  /**
   * From then on nothing of it is read: a date (`2027-03-01`, which begins in UTC) or a time with its offset, at most 180
   * days ahead.
   */
  readonly until: string;
  /** Default `session`. */
  readonly cookieName?: string;
  /** The `Domain` that cookie was set with, which it takes to delete it. Absent: none. */
  readonly cookieDomain?: string;
  /** Opens the layout without key versions. Absent: only what a version of the `keyring` opens is read. */
  readonly secret?: string;
}

/** `LegacyOptions` with nothing left open. */
export interface LegacyParts {
  /** Epoch seconds. */
  readonly until: number;
  readonly cookieName: string;
  readonly cookieDomain?: string;
  readonly secret?: string;
}

/** These cookies lived for 30 days after their last refresh; more than half a year ahead is no date but a wish. */
const MAX_SECONDS_AHEAD = 180 * 86_400;
const OPTIONS = ["until", "cookieName", "cookieDomain", "secret"];

/**
 * Everything wrong with the options. A date that has passed is nothing wrong: what was deployed must not break by the
 * clock alone. `now`: epoch seconds, `null` where the clock stands.
 */
export function legacyProblems(options: unknown, cookieName: unknown, now: number | null): string[] {
  if (options === undefined) return [];
  if (!isRecord(options)) return ["`legacy` must be an object with `until`, or left out."];
  const { until, cookieName: name = "session", cookieDomain: domain, secret } = options;
  const problems: string[] = [];
  if (Object.keys(options).some((option) => !OPTIONS.includes(option))) {
    problems.push(`\`legacy\` has only ${OPTIONS.join(", ")}.`);
  }
  const end = readEnd(until);
  if (end === null) {
    problems.push("`legacy.until` must be a date such as `2027-03-01`, or a time with its offset.");
  } else if (now !== null && end > now + MAX_SECONDS_AHEAD) {
    problems.push("`legacy.until` must be at most 180 days ahead: the old cookies lived for 30.");
  }
  if (typeof name !== "string" || !isCookieName(name) || name === cookieName) {
    problems.push("`legacy.cookieName` must be the name of a cookie, and another one than `cookie.name`.");
  }
  if (domain !== undefined && !(typeof domain === "string" && isCookieDomain(domain))) {
    problems.push("`legacy.cookieDomain` must be a host name such as `example.com`, without a leading dot.");
  }
  const weakness = typeof secret === "string" ? secretWeakness(secret) : "is not a text";
  if (secret !== undefined && weakness !== null) {
    problems.push(
      `\`legacy.secret\` ${weakness}: leave it out, so that its sessions end, and make new secrets with ${SECRET_COMMAND}`,
    );
  }
  return problems;
}

/** For options without problems. */
export function resolveLegacy(options: LegacyOptions): LegacyParts {
  const { until, cookieName = "session", cookieDomain, secret } = options;
  return {
    until: readEnd(until) ?? 0,
    cookieName,
    ...(cookieDomain !== undefined && { cookieDomain: cookieDomain.toLowerCase() }),
    ...(secret !== undefined && { secret }),
  };
}

function readEnd(until: unknown): number | null {
  return readIsoTime(typeof until === "string" && until.length === "2027-03-01".length ? `${until}T00:00:00Z` : until);
}
