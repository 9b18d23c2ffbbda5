import type { Ledger } from "@edgeseal/core";
import type { StoreOptions } from "@edgeseal/core/store";
import { field } from "./field.js";

/** Durable Objects that the Worker exports and wrangler declares: they need no binding. */
export interface Exported {
  readonly ledger?: Ledger;
  readonly limits?: DurableObjectNamespace;
  readonly sessions?: StoreOptions["home"];
}

/** The namespaces under `ctx.exports`; `undefined` when there is none of ours. An old compatibility date has no `exports`. */
export function exportedObjects(background: unknown): Exported | undefined {
  const exports = field(background, "exports");
  const ledger = field(exports, "LedgerObject");
  const limits = field(exports, "RateLimitObject");
  const sessions = field(exports, "SessionObject");
  if (![ledger, limits, sessions].some(isNamespace)) return undefined;
  return {
    ...(isNamespace(ledger) && { ledger }),
    ...(isNamespace(limits) && { limits }),
    ...(isNamespace(sessions) && { sessions }),
  };
}

const BINDINGS = {
  LedgerObject: "AUTH_LEDGER",
  RateLimitObject: "AUTH_LIMITS",
  SessionObject: "AUTH_SESSIONS",
} as const;

/**
 * Classes of ours that the main module exports and that wrangler was told nothing of: in `ctx.exports` they are classes, without
 * objects. Nothing else would say why they are not used. One that is bound from another Worker is used.
 */
export function undeclaredObjects(background: unknown, env: unknown): readonly string[] {
  const exports = field(background, "exports");
  return Object.entries(BINDINGS)
    .filter(([name, binding]) => {
      const member = field(exports, name);
      return member !== undefined && !isNamespace(member) && field(env, binding) === undefined;
    })
    .map(([name]) => name);
}

/** What a namespace does for us is asked of its objects, which only a call shows. */
export function isNamespace(value: unknown): value is DurableObjectNamespace & Ledger & StoreOptions["home"] {
  return typeof field(value, "getByName") === "function";
}
