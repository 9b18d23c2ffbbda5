import type { RateLimiter, RateLimitOutcome } from "@edgeseal/core";
import { refuseConfig } from "@edgeseal/core/adapter";
import { field } from "./field.js";
import { type RateLimitAnswer, type RateLimitWindow, windowProblems } from "./rate-limit-window.js";

/** Keys whose refusal an isolate remembers: a flood from more clients than that asks their objects. */
const MAX_REMEMBERED = 1_000;
/** How long whoever overloads an object is refused without asking it. */
const OVERLOAD_SECONDS = 1;

/**
 * One exact rule over the namespace of `RateLimitObject`: of any number of calls of one key, at once and all over the world,
 * `limit` pass in any `periodSeconds`. Each key is an object of its own, made where it is first asked for. Rules do not share
 * counts, also where they share keys. Throws `config_invalid` naming every problem.
 */
export function exactLimiter(namespace: DurableObjectNamespace, rule: RateLimitWindow): RateLimiter {
  const { limit, periodSeconds } = checked(namespace, rule);
  const periodMilliseconds = periodSeconds * 1000;
  /** Times until which a key is refused: an object that said so could only say it again. */
  const refusedUntil = new Map<string, number>();

  function remember(key: string, until: number): void {
    const [oldest] = refusedUntil.keys();
    if (oldest !== undefined && refusedUntil.size >= MAX_REMEMBERED) refusedUntil.delete(oldest);
    refusedUntil.set(key, until);
  }

  /** Milliseconds; 0 for a key that may ask. */
  function heldBack(key: string): number {
    const left = (refusedUntil.get(key) ?? 0) - Date.now();
    // More than a period is left only where the clock went back.
    if (left > 0 && left <= periodMilliseconds) return left;
    refusedUntil.delete(key);
    return 0;
  }

  async function ask(key: string): Promise<RateLimitAnswer> {
    try {
      const counter: unknown = namespace.getByName(await nameOf(limit, periodSeconds, key));
      if (!isCounter(counter)) throw new TypeError("exactLimiter: the namespace is not one of `RateLimitObject`.");
      return await counter.limit({ limit, periodSeconds });
    } catch (error) {
      // An object counts one key alone: whoever overloads it asks far more often than any limit allows.
      if (field(error, "overloaded") !== true) throw error;
      return { success: false, retryAfterSeconds: OVERLOAD_SECONDS };
    }
  }

  return {
    async limit({ key }): Promise<RateLimitOutcome> {
      const left = heldBack(key);
      if (left > 0) return { success: false, retryAfterSeconds: left / 1000, limit, periodSeconds };
      const { success, retryAfterSeconds } = await ask(key);
      if (!success) remember(key, Date.now() + retryAfterSeconds * 1000);
      return { success, retryAfterSeconds, limit, periodSeconds };
    },
  };
}

/** The configuration comes from people, and a binding may be missing at run time. */
function checked(namespace: unknown, rule: RateLimitWindow): RateLimitWindow {
  const limit = field(rule, "limit");
  const periodSeconds = field(rule, "periodSeconds");
  const problems = windowProblems({ limit, periodSeconds }).map((problem) => `exactLimiter: ${problem}`);
  if (typeof field(namespace, "getByName") !== "function") {
    problems.unshift("exactLimiter: the namespace is missing: bind `RateLimitObject` as a Durable Object.");
  }
  refuseConfig(problems);
  return rule;
}

interface Counter {
  limit(window: RateLimitWindow): Promise<RateLimitAnswer>;
}

function isCounter(stub: unknown): stub is Counter {
  return typeof field(stub, "limit") === "function";
}

/** Of one length, whatever the key is; numbers first, so that no key can read like another rule. */
async function nameOf(limit: number, periodSeconds: number, key: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${limit}/${periodSeconds}/${key}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
