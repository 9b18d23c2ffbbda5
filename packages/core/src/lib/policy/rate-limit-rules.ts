import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { hasMethod, unknownOptions } from "../base/option-checks.js";
import type { RateLimiter } from "../base/ports.js";
import { matchesPath, pathPatternProblem } from "./path.js";

export interface RateLimitRule {
  /** A `ratelimits` binding, whose numbers are in wrangler.jsonc, or one rule of an exact counter. */
  readonly limiter: RateLimiter;
  /** When the limiter fails or takes more than 250 ms: `open` lets the request pass, `closed` answers 503. */
  readonly whenDown: "open" | "closed";
}

/** By route, which is a path such as `/auth/token` or everything below one, `/api/*`. */
export type RateLimitRules = Readonly<Record<string, RateLimitRule>>;

/** Every problem of a configuration at once: it comes from people, and some of them write plain JavaScript. */
export function checkRules(options: unknown): void {
  const { rules, ...others } = isRecord(options) ? options : {};
  const problems = unknownOptions(others, ["rules"], "createRateLimit");
  if (!isRecord(rules) || Object.keys(rules).length === 0) {
    problems.push('`rules` must name at least one route: { "/auth/token": { limiter, whenDown: "open" } }.');
  } else {
    problems.push(...Object.entries(rules).flatMap(([route, rule]) => ruleProblems(route, rule)));
  }
  refuseConfig(problems);
}

function ruleProblems(route: string, rule: unknown): string[] {
  const name = `\`rules[${JSON.stringify(route)}]\``;
  const problems: string[] = [];
  const pattern = pathPatternProblem(route);
  if (pattern !== null) problems.push(`${name}: ${pattern}`);
  if (!isRecord(rule)) return [...problems, `${name} must be { limiter, whenDown }.`];
  const { limiter, whenDown } = rule;
  problems.push(...unknownOptions(rule, ["limiter", "whenDown"], name.slice(1, -1)));
  if (!hasMethod(limiter, "limit")) {
    problems.push(`${name}: \`limiter\` must be a \`ratelimits\` binding or an exact limiter; is it bound?`);
  }
  if (whenDown !== "open" && whenDown !== "closed") problems.push(`${name}: \`whenDown\` must be "open" or "closed".`);
  return problems;
}

/**
 * The rule nearest to a path: that path alone before everything below one, and of these the longest. Letters match in either
 * case, because an app's router may not care about it, and each spelling would be calls for nothing.
 */
export function nearestRoute(routes: readonly string[], canonicalPath: string): string | null {
  const path = canonicalPath.toLowerCase();
  let nearest: string | null = null;
  for (const route of routes) {
    if (!matchesPath([route.toLowerCase()], path)) continue;
    if (!route.endsWith("/*")) return route;
    if (nearest === null || route.length > nearest.length) nearest = route;
  }
  return nearest;
}
