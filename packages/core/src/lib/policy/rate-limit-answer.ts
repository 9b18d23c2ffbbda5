import { isNavigation, PRIVATE, STRICT } from "../base/answers.js";
import { wireFailure } from "../base/failure.js";
import type { RateLimitOutcome } from "../base/ports.js";
import { type Refusal, refusal } from "./refusal.js";

/** Where the limiter does not say: no `ratelimits` binding counts longer. */
const DEFAULT_RETRY_SECONDS = 60;
/** Longer, no limiter of ours counts. */
const MAX_RETRY_SECONDS = 86_400;

/** 429 (RFC 6585 §4) with `Retry-After`, and where the numbers are known `RateLimit-Policy` and `RateLimit`. */
export function tooMany(request: Request, route: string, outcome: RateLimitOutcome): Refusal {
  const retryAfter = retrySeconds(outcome.retryAfterSeconds);
  const headers = { "Retry-After": String(retryAfter), ...quotaHeaders(route, outcome, retryAfter) };
  const refused = refusal("rate_limited", { detail: route, headers });
  return isNavigation(request) ? { ...refused, deny: () => sentence(retryAfter, headers) } : refused;
}

/** 503: the fault is ours, and a client that is told 429 would take it for its own. */
export function limiterDown(route: string): Refusal {
  return refusal("limiter_unreachable", { detail: route });
}

/** For somebody who looks at it. */
function sentence(retryAfter: number, headers: Readonly<Record<string, string>>): Response {
  return new Response(`Too many requests. Please try again in ${retryAfter} s.\n`, {
    status: wireFailure("rate_limited").status,
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      ...STRICT,
      "Cache-Control": PRIVATE,
      Vary: "Cookie",
      ...headers,
    },
  });
}

/**
 * draft-ietf-httpapi-ratelimit-headers-11: structured lists of one policy, named by its route. The window in `RateLimit`
 * ends when `Retry-After` does, as §6 asks for. No partition key: it would be a pseudonym of the client's address.
 */
function quotaHeaders(route: string, outcome: RateLimitOutcome, retryAfter: number): Record<string, string> {
  const { limit, periodSeconds } = outcome;
  if (!isCount(limit) || !isCount(periodSeconds)) return {};
  // A structured string (RFC 9651 §3.3.3) is ASCII; encoding also takes away quotes and backslashes.
  const policy = `"${encodeURI(route)}"`;
  return {
    "RateLimit-Policy": `${policy};q=${limit};w=${periodSeconds}`,
    RateLimit: `${policy};r=0;t=${retryAfter}`,
  };
}

function retrySeconds(seconds: unknown): number {
  if (typeof seconds !== "number" || !Number.isFinite(seconds)) return DEFAULT_RETRY_SECONDS;
  return Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil(seconds)));
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
