import type { Auth, Machine } from "@edgeseal/core";
import { opaqueStore } from "@edgeseal/core/store";
import { defineAuth } from "./define-auth.js";
import { type Renewal, renewalBy } from "./session-object-renewal.js";
import { bringStore } from "./store-code.js";
import { StoredSessions } from "./stored-sessions.js";

/** What a Worker exports and declares. */
export type SessionObjectClass = new (ctx: DurableObjectState, env: unknown) => SessionObject;

const fromEnv: Renewal = /* @__PURE__ */ renewalOf(/* @__PURE__ */ defineAuth<unknown>(() => ({})));

/**
 * The sessions of one person, for the option `store`. Renews tokens in the background with what env says, as `withAuth(handler)`
 * does; a Worker with options of its own exports `sessionObject(authFor)` instead.
 */
export class SessionObject extends StoredSessions {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env, fromEnv);
  }
}

/**
 * `SessionObject` for a Worker with options of its own, with the `authFor` of `defineAuth` that is given to `withAuth`, too:
 * `const Sessions: SessionObjectClass = sessionObject(authFor)`, then `export class SessionObject extends Sessions {}`. Without
 * the type TypeScript goes in a circle: the `Env` of `wrangler types` names the class, and `authFor` reads `Env`.
 */
export function sessionObject<E, M extends Machine = never>(authFor: (env: E) => Auth<M>): SessionObjectClass {
  const renewal = renewalOf(authFor);
  return class extends StoredSessions {
    constructor(ctx: DurableObjectState, env: unknown) {
      super(ctx, env, renewal);
    }
  };
}

/** No statement of the module: whoever exports another class of this door would carry the store along. */
function renewalOf<E, M extends Machine>(authFor: (env: E) => Auth<M>): Renewal {
  bringStore((home) => opaqueStore({ home }));
  return renewalBy(authFor);
}
