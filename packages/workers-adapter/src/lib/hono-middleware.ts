import type { Auth, Background, RequestAuth } from "@edgeseal/core";
import { meet } from "@edgeseal/core/adapter";
import type { Context, MiddlewareHandler } from "hono";
import { answerWith, replaceAnswer } from "./hono-answer.js";

/** For `new Hono<{ Bindings: Env; Variables: AuthVariables }>()`. */
export interface AuthVariables {
  auth: RequestAuth;
}

/**
 * Mounts `/auth/*`, validates, sets `c.get("auth")` and finishes the response, also that of `onError`. It lets everybody
 * through whom nothing speaks against: guards decide. Takes an auth, or what `defineAuth` gave.
 */
export function authMiddleware<E extends object = object>(
  authFor: Auth | ((env: E) => Auth),
): MiddlewareHandler<{ Bindings: E; Variables: AuthVariables }> {
  return async (c, next) => {
    const auth = typeof authFor === "function" ? authFor(c.env) : authFor;
    const met = await auth[meet](c.req.raw, {}, backgroundOf(c));
    if ("answer" in met) return answerWith(c, met.answer);
    c.set("auth", met.visitor);
    // Does not throw for what a handler throws: Hono has made an answer of it by then.
    await next();
    replaceAnswer(c, await met.finish(c.res));
  };
}

function backgroundOf(c: Context): Background | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined; // Hono's getter throws where the platform has none: Node, Bun, Deno
  }
}
