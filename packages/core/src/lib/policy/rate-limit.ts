import { base64url, concatBytes, lengthPrefixed, sha256 } from "../base/bytes.js";
import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import { refuseConfig } from "../base/errors.js";
import type { AuditFact, RateLimitOutcome } from "../base/ports.js";
import { clientNetwork } from "./address.js";
import { limiterDown, tooMany } from "./rate-limit-answer.js";
import { checkRules, nearestRoute, type RateLimitRule, type RateLimitRules } from "./rate-limit-rules.js";
import type { Refusal } from "./refusal.js";

/** A visitor waits this long for a counter at most. */
const DECISION_MILLISECONDS = 250;
/** Buckets whose keys are remembered: a hash costs more than all else here, and whoever asks once asks again. */
const MAX_KEYS = 1_000;
/** The one bucket of all who come without an address, as strict as that of a single client. No address reads like it. */
const NO_ADDRESS = "no-address";

export interface RateLimitOptions {
  readonly rules: RateLimitRules;
}

export interface RateLimitVerdict {
  /** `null`: the request may go on. */
  readonly refusal: Refusal | null;
  /** What an audit log is to be told: nothing, when the request simply passed. */
  readonly facts: readonly AuditFact[];
}

export interface RateLimit {
  /** Of every rule. */
  readonly routes: readonly string[];
  /** The rule for a path in its canonical form: the same path before `/*`, the longest `/*` before others; `null` for none. */
  routeOf(canonicalPath: string): string | null;
  /**
   * Counts a request against one rule and says no with 429, or with 503 where the limiter is down and the rule is `closed`.
   * `address` is the client's as the platform knows it: whoever gives none, or no address, is in one bucket with all others
   * of that kind. Throws `config_invalid` for a route that has no rule.
   */
  check(request: Request, route: string, address: string): Promise<Refusal | null>;
  /** `check`, with what an audit log is to be told. */
  decide(request: Request, route: string, address: string): Promise<RateLimitVerdict>;
}

/**
 * Limits how often one client may ask for a route. Buckets are per route and client network, never per account: whoever
 * sends bad passwords for somebody else uses up their own bucket and locks nobody out. Throws `config_invalid` naming every
 * problem.
 */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  checkRules(options);
  const rules = new Map(Object.entries(options.rules));
  const routes = [...rules.keys()];
  const keyOf = rememberKeys();

  async function decide(request: Request, route: string, address: string): Promise<RateLimitVerdict> {
    const rule = rules.get(route) ?? refuseRoute(route);
    const network = clientNetwork(address);
    const facts: AuditFact[] = network === null ? [{ type: "no_client_address", reason: route }] : [];
    const outcome = await askLimiter(rule, () => keyOf(route, network ?? NO_ADDRESS));
    if (outcome === null) {
      facts.push({ type: "limiter_unreachable", reason: route });
      return { refusal: rule.whenDown === "closed" ? limiterDown(route) : null, facts };
    }
    if (outcome.success) return { refusal: null, facts };
    return { refusal: tooMany(request, route, outcome), facts: [...facts, { type: "rate_limited", reason: route }] };
  }

  return {
    routes,
    routeOf: (canonicalPath) => nearestRoute(routes, canonicalPath),
    decide,
    check: async (request, route, address) => (await decide(request, route, address)).refusal,
  };
}

/** A misspelt route that nobody counts would look like a wall and be none. */
function refuseRoute(route: string): never {
  return refuseConfig([`The rate limit has no rule for ${JSON.stringify(route)}.`]);
}

/** `bucketKey`, from memory where it can be. */
function rememberKeys(): typeof bucketKey {
  const keys = new Map<string, string>();

  return async (route, network) => {
    // No network has a space in its text, so two buckets never share a name.
    const name = `${route} ${network}`;
    const known = keys.get(name);
    if (known !== undefined) return known;
    const key = await bucketKey(route, network);
    const [oldest] = keys.keys();
    if (oldest !== undefined && keys.size >= MAX_KEYS) keys.delete(oldest);
    keys.set(name, key);
    return key;
  };
}

/** Of one length whatever is in it (stores refuse long keys), and of one reading: both parts carry their length. */
async function bucketKey(route: string, network: string): Promise<string> {
  return base64url(await sha256(concatBytes(lengthPrefixed(route), lengthPrefixed(network))));
}

/** `null`: no usable answer in time. What failed is for the platform's log; here only the rule's `whenDown` counts. */
async function askLimiter(rule: RateLimitRule, keyOf: () => Promise<string>): Promise<RateLimitOutcome | null> {
  try {
    const outcome: unknown = await withDeadline(callLimiter(rule, keyOf), DECISION_MILLISECONDS);
    return outcome !== TIMED_OUT && isOutcome(outcome) ? outcome : null;
  } catch {
    return null; // whatever the limiter threw, or WebCrypto: a storage error, an evicted object, a detached binding
  }
}

/** A limiter that throws at once rejects here, too. */
async function callLimiter({ limiter }: RateLimitRule, keyOf: () => Promise<string>): Promise<unknown> {
  return limiter.limit({ key: await keyOf() });
}

function isOutcome(value: unknown): value is RateLimitOutcome {
  return typeof value === "object" && value !== null && "success" in value && typeof value.success === "boolean";
}
