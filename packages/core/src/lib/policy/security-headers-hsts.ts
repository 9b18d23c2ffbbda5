import { isRecord } from "../base/json.js";
import { unknownOptions } from "../base/option-checks.js";

/** Strict-Transport-Security (RFC 6797): browsers come by https alone from now on. Over plain http they do not read it. */
export interface Hsts {
  /** How long. Default one year; 0 takes back what was said before. */
  readonly maxAgeSeconds?: number;
  /** All hosts below this one, too. Default `false`: a library does not know whether each of them has https. */
  readonly includeSubDomains?: boolean;
  /** Consent to the lists that browsers ship, from which a host comes off slowly. Default `false`. */
  readonly preload?: boolean;
}

const YEAR_SECONDS = 31_536_000;

export function hstsText({ maxAgeSeconds = YEAR_SECONDS, includeSubDomains = false, preload = false }: Hsts): string {
  return `max-age=${maxAgeSeconds}${includeSubDomains ? "; includeSubDomains" : ""}${preload ? "; preload" : ""}`;
}

/** Everything wrong with the option, in a sentence each. */
export function hstsProblems(hsts: unknown): string[] {
  if (hsts === undefined || hsts === false) return [];
  if (!isRecord(hsts)) return ["`hsts` must be an object, or `false`."];
  const { maxAgeSeconds = YEAR_SECONDS, includeSubDomains = false, preload = false } = hsts;
  const problems = unknownOptions(hsts, ["maxAgeSeconds", "includeSubDomains", "preload"], "hsts");
  const isAge = typeof maxAgeSeconds === "number" && Number.isSafeInteger(maxAgeSeconds) && maxAgeSeconds >= 0;
  if (!isAge) problems.push("`hsts.maxAgeSeconds` must be a whole number of seconds, 0 or more.");
  if (typeof includeSubDomains !== "boolean") problems.push("`hsts.includeSubDomains` must be true or false.");
  if (typeof preload !== "boolean") problems.push("`hsts.preload` must be true or false.");
  if (preload === true && (includeSubDomains !== true || (isAge && maxAgeSeconds < YEAR_SECONDS))) {
    problems.push("`hsts.preload` needs `includeSubDomains` and at least one year: the lists take nobody else.");
  }
  return problems;
}
