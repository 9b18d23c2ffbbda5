import { readIsoTime } from "../base/iso-time.js";
import { isRecord } from "../base/json.js";
import { functionProblems, unknownOptions } from "../base/option-checks.js";
import { isCookieDomain, isCookieName } from "../cookie/cookie.js";
import { SECRET_COMMAND, secretWeakness } from "../seal/secret-strength.js";

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

/** These cookies lived for 30 days after their last refresh; more than half a year ahead is no date but a wish. */
const MAX_SECONDS_AHEAD = 180 * 86_400;
const OPTIONS = ["until", "cookieName", "cookieDomain", "secret", "now"];

/**
 * Everything wrong with the options. A date that has passed is nothing wrong: what was deployed must not break by the
 * clock alone. `now`: epoch seconds, `null` where the clock stands.
 */
export function legacyProblems(options: unknown, now: number | null): string[] {
  if (!isRecord(options)) return ["`legacySessions` takes an object with `until`."];
  const { until, cookieName: name = "session", cookieDomain: domain, secret } = options;
  const problems = [...unknownOptions(options, OPTIONS, "legacySessions"), ...functionProblems(options, ["now"])];
  const end = legacyEnd(until);
  if (end === null) {
    problems.push("`legacy.until` must be a date such as `2027-03-01`, or a time with its offset.");
  } else if (now !== null && end > now + MAX_SECONDS_AHEAD) {
    problems.push("`legacy.until` must be at most 180 days ahead: the old cookies lived for 30.");
  }
  if (typeof name !== "string" || !isCookieName(name)) {
    problems.push("`legacy.cookieName` must be the name of a cookie.");
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

/** Epoch seconds; `null` for what is no date. */
export function legacyEnd(until: unknown): number | null {
  return readIsoTime(typeof until === "string" && until.length === "2027-03-01".length ? `${until}T00:00:00Z` : until);
}
