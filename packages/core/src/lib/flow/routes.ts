import { isAuthError } from "../base/errors.js";
import type { UnavailableReason } from "../base/failure.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import { isSafeMethod, isSameOrigin } from "../policy/same-origin.js";
import { callback } from "./callback.js";
import { exchangeCode } from "./exchange-code.js";
import type { FlowParts, Methods, PartRoute, PartRoutes, Route, RoutedParts } from "./flow-parts.js";
import { login, loginOptionsOf } from "./login.js";
import { logoutRoute } from "./logout.js";
import { me, refresh } from "./me.js";
import { organizations } from "./organizations.js";
import { refuseAndTell } from "./refuse-and-tell.js";
import { methodNotAllowed } from "./route-answers.js";
import { switchOrganizationRoute } from "./switch-organization.js";

function off(parts: FlowParts, request: Request, background?: Background): Response {
  return refuseAndTell(parts, "not_enabled", request, background);
}

/** Below the prefix. Nothing that changes anything answers a GET: a link or an image of another site could send one. */
const ROUTES: ReadonlyMap<string, Methods> = new Map<string, Methods>([
  ["/login", { GET: (parts, request, background) => login(parts, request, loginOptionsOf(request), background) }],
  ["/callback", { GET: callback }],
  ["/token", { POST: exchangeCode }],
  ["/logout", { POST: logoutRoute }],
  ["/me", { GET: me }],
  ["/refresh", { POST: refresh }],
  ["/switch-org", { POST: switchOrganizationRoute }],
  ["/organizations", { GET: organizations }],
]);

/** Of parts that are not configured. */
const OFF: PartRoutes = new Map<string, PartRoute>([
  ["/sessions", { methods: { GET: off, DELETE: off }, wall: "same-origin" }],
  ["/handoff", { methods: { GET: off, POST: off }, wall: "none" }],
  ["/sessions/:id", { methods: { DELETE: off }, wall: "same-origin" }],
  ["/backchannel-logout", { methods: { POST: off }, wall: "none" }],
  ["/webhooks/workos", { methods: { POST: off }, wall: "none" }],
]);

/**
 * Answers our routes by the path in its one form; `null` for a path that is not ours. In front of them stands the
 * same-origin wall; that of WebSocket handshakes, which covers other paths, too, is `refuseForeignSocket`.
 */
export async function answerRoute(
  parts: RoutedParts,
  request: Request,
  path: string | null,
  background?: Background,
): Promise<Response | null> {
  if (path === null) {
    if (!new URL(request.url).pathname.startsWith(`${parts.routePrefix}/`)) return null;
    return refuseAndTell(parts, "ambiguous_path", request, background);
  }
  if (!path.startsWith(`${parts.routePrefix}/`)) return null;
  const below = path.slice(parts.routePrefix.length);
  const found = routeAt(parts, below);
  if (found === undefined) return null;
  const { methods, wall } = found;
  const route = routeFor(methods, request.method);
  if (route === undefined) {
    parts.emit({ type: "method_not_allowed" }, background, request);
    return methodNotAllowed(Object.keys(methods).join(", "));
  }
  const isWalled = wall === "same-origin" && !isSafeMethod(request.method) && !parts.handOff?.isByHeader(request);
  if (isWalled && !isSameOrigin(request)) return refuseAndTell(parts, "csrf", request, background);
  try {
    return await route(parts, request, background);
  } catch (error) {
    const reason = outageOf(error);
    if (reason === null) throw error;
    parts.emit({ type: reason }, background, request);
    return failureAnswer(reason);
  }
}

function routeAt({ routes }: RoutedParts, path: string): PartRoute | undefined {
  const own = ROUTES.get(path);
  if (own) return { methods: own, wall: "same-origin" };
  const pattern = path.replace(/\/[^/]+$/, "/:id");
  return routes.get(path) ?? routes.get(pattern) ?? OFF.get(path) ?? OFF.get(pattern);
}

/** Compared by value, because a method is any token a client likes, `constructor` too. */
function routeFor(methods: Methods, method: string): Route | undefined {
  if (method === "GET" || method === "POST" || method === "DELETE") return methods[method];
  return undefined;
}

/** Faults around us, which pass; a fault of the configuration is thrown on to whoever can mend it. */
function outageOf(error: unknown): UnavailableReason | null {
  if (isAuthError(error, "crypto_failure") || isAuthError(error, "rng_failure")) return "crypto_failure";
  if (isAuthError(error, "keys_unreachable")) return "keys_unreachable";
  if (isAuthError(error, "store_unreachable")) return "store_unreachable";
  if (isAuthError(error, "provider_unreachable")) return "provider_unreachable";
  return null;
}
