import { createAudit } from "../audit/audit.js";
import { isAuthError, refuseConfig } from "../base/errors.js";
import type { RouteRefusal } from "../base/failure.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import { createCsrf } from "../policy/csrf.js";
import { canonicalPath, matchesPath } from "../policy/path.js";
import { askUpstream } from "./ask-upstream.js";
import type { IdentityForwarder } from "./forward.js";
import { createCookieRemover } from "./own-cookies.js";
import { upstreamAnswer } from "./proxy-answer.js";
import type { ProxyOptions, ProxyVisitor } from "./proxy-options.js";
import { proxyProblems } from "./proxy-problems.js";
import { upstreamRequest } from "./proxy-request.js";
import { ambiguousRoute, type ResolvedRoute, resolveRoutes, routeOf, targetOf } from "./proxy-target.js";

export interface UpstreamProxy {
  /**
   * The upstream's answer, finished for this visitor (`auth.apply`), streaming both ways; WebSockets pass. `null` for a
   * path of no route. 400 `ambiguous_path`, 401, 403 `csrf`, 404 `not_found`, 405 `method_not_allowed`, 502 `bad_gateway`,
   * 503, 504 `gateway_timeout`.
   */
  forward(request: Request, auth: ProxyVisitor, background?: Background): Promise<Response | null>;
}

const DEADLINE_SECONDS = 15;

/** Throws `config_invalid` with every problem of every route. */
export function createProxy(options: ProxyOptions): UpstreamProxy {
  refuseConfig(proxyProblems(options));
  const { identity, cookieName, origins, audit, fetch = (request: Request) => globalThis.fetch(request) } = options;
  const routes = resolveRoutes(options.routes);
  const removeOwnCookies = createCookieRemover(cookieName);
  const csrf = createCsrf({ header: false, ...(origins && { origins }) });
  const { emit } = createAudit({ sinks: audit, runtime: { now: () => readClock(options) } });

  /** Browsers add the cookie by themselves, and we turn it into something an upstream believes. */
  async function isForged(request: Request, { route }: ResolvedRoute, auth: ProxyVisitor): Promise<boolean> {
    const { credentials = "none" } = route;
    if (auth.state !== "authenticated" || credentials === "none" || !request.headers.has("Cookie")) return false;
    if (auth.credential === "header") return false;
    return (await csrf.check(request, "cookie")) !== null;
  }

  async function refused(
    request: Request,
    resolved: ResolvedRoute,
    path: string,
    auth: ProxyVisitor,
  ): Promise<RouteRefusal | null> {
    const { paths } = resolved.route;
    if (paths !== undefined && !matchesPath(paths, path)) return "not_found";
    if (!resolved.methods.includes(request.method)) return "method_not_allowed";
    return (await isForged(request, resolved, auth)) ? "csrf" : null;
  }

  async function pass(
    request: Request,
    resolved: ResolvedRoute,
    target: URL,
    auth: ProxyVisitor,
  ): Promise<Response | RouteRefusal | "crypto_failure"> {
    const { through, cookies = [], credentials, audience = "", deadlineSeconds = DEADLINE_SECONDS } = resolved.route;
    const abort = new AbortController();
    const signal = AbortSignal.any([request.signal, abort.signal]);
    const isToken = credentials === "access-token" && auth.state === "authenticated";
    const plain = upstreamRequest(request, {
      target,
      signal,
      removeOwnCookies,
      cookies,
      isPersonal: credentials === "access-token" || credentials === "identity",
      isBound: through !== undefined,
      ...(isToken && { accessToken: auth.accessToken }),
    });
    const isIdentified = credentials === "identity" && identity !== undefined;
    const outbound = isIdentified ? await identified(identity, plain, auth, audience) : plain;
    if (outbound === null) return "crypto_failure";
    const send = (): Promise<Response> => (through ? through.fetch(outbound) : fetch(outbound));
    const upstream = await askUpstream(send, { milliseconds: deadlineSeconds * 1_000, abort });
    if (typeof upstream === "string") return upstream;
    const answer = upstreamAnswer(upstream, resolved, target);
    // A body that broke rejects its own cancellation; there is nothing left to close then.
    if (answer === null) await upstream.body?.cancel().catch(() => undefined);
    return answer ?? "bad_gateway";
  }

  return {
    async forward(request, auth, background) {
      const requested = new URL(request.url);
      const path = canonicalPath(request.url);
      const resolved = path === null ? ambiguousRoute(routes, request.url) : routeOf(routes, path);
      if (resolved === undefined) return null;
      const { route, methods } = resolved;
      const refuse = (reason: RouteRefusal | "crypto_failure"): Response => {
        // Whoever left ended the call to the upstream, which is no failure of it.
        if (!request.signal.aborted) emit({ type: reason, reason: route.prefix }, background, request);
        const headers = { ...(reason === "method_not_allowed" && { Allow: methods.join(", ") }) };
        return auth.apply(failureAnswer(reason, {}, headers));
      };
      const target = path === null ? null : targetOf(resolved, path, requested);
      if (path === null || target === null) return refuse("ambiguous_path");
      if (auth.state !== "authenticated" && route.access !== "public") return auth.apply(auth.deny());
      const reason = await refused(request, resolved, path, auth);
      if (reason !== null) return refuse(reason);
      const answer = await pass(request, resolved, target, auth);
      return typeof answer === "string" ? refuse(answer) : auth.apply(answer);
    },
  };
}

/** `null`: it cannot be signed, which is an outage and no fault of the app. */
async function identified(
  identity: IdentityForwarder,
  request: Request,
  auth: ProxyVisitor,
  audience: string,
): Promise<Request | null> {
  try {
    return await identity.forward(request, auth, { audience });
  } catch (error) {
    if (isAuthError(error, "crypto_failure") || isAuthError(error, "rng_failure")) return null;
    throw error;
  }
}
