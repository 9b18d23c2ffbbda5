import { type Authenticated, isAuthError, type Machine, type RequestAuth } from "@edgeseal/core";
import { type Admission, writeIdentity } from "@edgeseal/core/adapter";
import { type AuthFor, defineAuth, definition } from "./define-auth.js";
import type { Configure, Paths } from "./options.js";

/** An `ExportedHandler` whose fetch is told who asks. */
export interface AuthHandler<E, A extends RequestAuth | Machine> extends Omit<ExportedHandler<E>, "fetch"> {
  fetch(
    request: Parameters<ExportedHandlerFetchHandler<E>>[0],
    env: E,
    ctx: ExecutionContext,
    auth: A,
  ): Response | Promise<Response>;
}

/** With no public path the handler runs for signed-in people only, and with none for programs it never meets one. */
export type AuthOf<Public extends Paths, Programs extends Paths = readonly []> =
  | (Public extends readonly [] ? Authenticated : RequestAuth)
  | (Programs extends readonly [] ? never : Machine);

/** An `ExportedHandler` whose fetch is there. */
export type WrappedHandler<E> = ExportedHandler<E> & { fetch: ExportedHandlerFetchHandler<E> };

/** WorkOS, wholly from env. */
export function withAuth<E = Cloudflare.Env>(handler: AuthHandler<E, Authenticated>): WrappedHandler<E>;
/** `configure` inline, or the `authFor` of `defineAuth` when other code needs it too. */
export function withAuth<
  E = Cloudflare.Env,
  const Public extends Paths = readonly [],
  const Programs extends Paths = readonly [],
  M extends Machine = never,
>(
  configure: Configure<E, Public, Programs, M> | AuthFor<E, Public, Programs, M>,
  handler: AuthHandler<E, AuthOf<Public, Programs>>,
): WrappedHandler<E>;
export function withAuth<E, Public extends Paths, Programs extends Paths, M extends Machine>(
  first: AuthHandler<E, Authenticated> | Configure<E, Public, Programs, M> | AuthFor<E, Public, Programs, M>,
  second?: AuthHandler<E, AuthOf<Public, Programs>>,
): WrappedHandler<E> {
  if (typeof first === "function") return wrap(isAuthFor(first) ? first : defineAuth(first), second);
  const fromEnv = defineAuth<E>(() => ({}));
  return wrap(fromEnv, first);
}

function isAuthFor<E, Public extends Paths, Programs extends Paths, M extends Machine>(
  first: Configure<E, Public, Programs, M> | AuthFor<E, Public, Programs, M>,
): first is AuthFor<E, Public, Programs, M> {
  return definition in first;
}

function wrap<E, Public extends Paths, Programs extends Paths, M extends Machine>(
  authFor: AuthFor<E, Public, Programs, M>,
  handler: AuthHandler<E, AuthOf<Public, Programs>> | undefined,
): WrappedHandler<E> {
  if (typeof handler?.fetch !== "function") {
    throw new TypeError("`withAuth` needs a handler with a `fetch` method.");
  }
  const report = reportOnce();

  async function admit(request: Request, env: E, ctx: ExecutionContext): Promise<Admission & { request: Request }> {
    try {
      const { auth, guard, identityHeaders: says } = await authFor[definition].made(env, ctx);
      const admission = await guard.admit(auth, request, ctx);
      if ("answer" in admission || !says) return { ...admission, request };
      const copy = new Request(request);
      writeIdentity(copy.headers, admission.visitor);
      return { ...admission, request: copy };
    } catch (error) {
      // Everything else is the platform's to show: a Secrets Store that is down, a bug.
      if (!isAuthError(error, "config_invalid")) throw error;
      report(error.message);
      return { answer: misconfigured(), request };
    }
  }

  const fetch: ExportedHandlerFetchHandler<E> = async (incoming, env, ctx) => {
    const admission = await admit(incoming, env, ctx);
    if ("answer" in admission) return admission.answer;
    // As: the compiler cannot see that without public paths the guard lets in nobody but the authenticated, and programs only
    // where a path is theirs, nor that a copy of the platform's own request is one as well.
    const visitor = admission.visitor as AuthOf<Public, Programs>;
    const request = admission.request as typeof incoming;
    return admission.finish(await handler.fetch(request, env, ctx, visitor));
  };
  return { ...otherMembers(handler), fetch };
}

/** The handler's other entry points (`scheduled`, `queue`, … and what the platform adds later), with their `this`. */
function otherMembers<E>(handler: AuthHandler<E, never>): Omit<ExportedHandler<E>, "fetch"> {
  const members: Record<string, unknown> = {};
  for (
    let source: object | null = handler;
    source && source !== Object.prototype;
    source = Object.getPrototypeOf(source)
  ) {
    for (const name of Object.getOwnPropertyNames(source)) {
      if (name === "constructor" || Object.hasOwn(members, name)) continue;
      const member: unknown = Reflect.get(handler, name);
      members[name] = typeof member === "function" ? member.bind(handler) : member;
    }
  }
  return members;
}

/** Told to the log of the Worker, in sentences that hold no value; once, as every request would say the same. */
function reportOnce(): (message: string) => void {
  let reported = "";
  return (message) => {
    if (message === reported) return;
    reported = message;
    // biome-ignore lint/suspicious/noConsole: no audit sink is configured when the configuration is wrong
    console.error(message);
  };
}

/** Nothing of what is wrong: whoever asks is a stranger. */
function misconfigured(): Response {
  const body = "This application is not configured correctly. Its log says what to mend.\n";
  return new Response(body, { status: 500, headers: { "Content-Type": "text/plain", "Cache-Control": "no-store" } });
}
