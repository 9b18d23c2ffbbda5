import { createRateLimit, type RateLimit } from "@edgeseal/core/policies";
import { exactLimiter } from "./exact-limiter.js";

/** Calls a minute, by client and route, of our own routes that ask the provider for something each time. */
const PER_MINUTE = { token: 10, "switch-org": 20, refresh: 30 } as const;

/**
 * For a Worker that has the counter and names no rules of its own. Open when the counter is down: nobody is kept from
 * signing in.
 */
export function ownLimits(namespace: DurableObjectNamespace, routePrefix: string): RateLimit {
  const rules = Object.entries(PER_MINUTE).map(([route, limit]) => [
    `${routePrefix}/${route}`,
    { limiter: exactLimiter(namespace, { limit, periodSeconds: 60 }), whenDown: "open" as const },
  ]);
  return createRateLimit({ rules: Object.fromEntries(rules) });
}
