import type { Auth, Background, Machine, RequestAuth } from "@edgeseal/core";
import { meet } from "@edgeseal/core/adapter";
import type { Context, MiddlewareHandler } from "hono";
import { answerWith, replaceAnswer } from "./hono-answer.js";

/** For `new Hono<{ Bindings: Env; Variables: AuthVariables }>()`; `AuthVariables<Machine>` where programs are let through. */
export interface AuthVariables<M extends Machine = never> {
  auth: RequestAuth | M;
}

export interface AuthMiddlewareOptions {
  /**
   * Programs (`bearer`) come through to the guards of routes, of which `requireCaller` alone lets them in. Without it they get 403
   * here.
   */
  readonly machines: true;
}

/** An auth, or what `defineAuth` gave. */
type AuthOfApp<E> = Auth<Machine> | ((env: E) => Auth<Machine>);

/**
 * Mounts `/auth/*`, validates, sets `c.get("auth")` and finishes the response, also that of `onError`. It lets everybody
 * through whom nothing speaks against: guards decide. Takes an auth, or what `defineAuth` gave.
 */
export function authMiddleware<E extends object = object>(
  authFor: AuthOfApp<E>,
): MiddlewareHandler<{ Bindings: E; Variables: AuthVariables }>;
/** The same, and lets programs through, too. */
export function authMiddleware<E extends object = object>(
  authFor: AuthOfApp<E>,
  options: AuthMiddlewareOptions,
): MiddlewareHandler<{ Bindings: E; Variables: AuthVariables<Machine> }>;
export function authMiddleware<E extends object = object>(
  authFor: AuthOfApp<E>,
  options?: AuthMiddlewareOptions,
):
  | MiddlewareHandler<{ Bindings: E; Variables: AuthVariables }>
  | MiddlewareHandler<{ Bindings: E; Variables: AuthVariables<Machine> }> {
  const letsMachinesThrough = options?.machines === true;
  const middleware: MiddlewareHandler<{ Bindings: E; Variables: AuthVariables<Machine> }> = async (c, next) => {
    const auth = typeof authFor === "function" ? authFor(c.env) : authFor;
    const met = await auth[meet](c.req.raw, {}, backgroundOf(c));
    if ("answer" in met) return answerWith(c, met.answer);
    if (met.visitor.state === "machine" && !letsMachinesThrough) {
      return answerWith(c, await met.finish(met.visitor.deny()));
    }
    c.set("auth", met.visitor);
    // Does not throw for what a handler throws: Hono has made an answer of it by then.
    await next();
    replaceAnswer(c, await met.finish(c.res));
  };
  return middleware;
}

function backgroundOf(c: Context): Background | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined; // Hono's getter throws where the platform has none: Node, Bun, Deno
  }
}
