import { isRecord } from "../base/json.js";
import { hasMethod } from "../base/option-checks.js";
import type { Cors } from "../policy/cors.js";
import type { Csrf } from "../policy/csrf.js";
import type { RateLimit } from "../policy/rate-limit.js";
import type { SecurityHeaders } from "../policy/security-headers.js";

/** What stands around the session, each made by `@edgeseal/core/policies` and usable alone. Default: none of them. */
export interface Policies {
  /** In front of the app's own routes; ours have a wall of their own. */
  readonly csrf?: Csrf;
  readonly cors?: Cors;
  /** On the app's own answers. Ours always carry strict ones. */
  readonly securityHeaders?: SecurityHeaders;
  /** Rules are looked up by path: `/auth/token`, `/api/*`. */
  readonly rateLimit?: RateLimit;
}

const METHODS = {
  csrf: ["check"],
  cors: ["preflight", "judge", "apply"],
  securityHeaders: ["apply"],
  rateLimit: ["routeOf", "decide"],
} as const satisfies Record<keyof Policies, readonly string[]>;

const MAKERS = {
  csrf: "createCsrf",
  cors: "createCors",
  securityHeaders: "createSecurityHeaders",
  rateLimit: "createRateLimit",
} as const satisfies Record<keyof Policies, string>;

/** Everything wrong with the option `policies`, in a sentence each. */
export function policyProblems(policies: unknown): readonly string[] {
  if (policies === undefined) return [];
  const names = Object.keys(METHODS).join(", ");
  if (!isRecord(policies)) return [`\`policies\` must be an object of ${names}.`];
  return Object.entries(policies).flatMap(([name, policy]) => {
    if (!isPolicy(name)) return [`\`policies\` has no \`${name}\`; it has ${names}.`];
    if (policy === undefined) return [];
    const isFine = METHODS[name].every((method) => hasMethod(policy, method));
    return isFine ? [] : [`\`policies.${name}\` must come from \`${MAKERS[name]}\` of @edgeseal/core/policies.`];
  });
}

function isPolicy(name: string): name is keyof Policies {
  return Object.hasOwn(METHODS, name);
}
