import { isAuthError } from "../base/errors.js";
import type { UnavailableReason } from "../base/failure.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import { isSafeMethod, isSameOrigin } from "../policy/same-origin.js";
import { callback } from "./callback.js";
import { exchangeCode } from "./exchange-code.js";
import type { FlowParts } from "./flow-parts.js";
import { login, loginOptionsOf } from "./login.js";
import { logoutRoute } from "./logout.js";
import { me, refresh } from "./me.js";
import { organizations } from "./organizations.js";
import type { ReceiverPath } from "./receiver.js";
import { refuseAndTell } from "./refuse-and-tell.js";
import { methodNotAllowed } from "./route-answers.js";
import { switchOrganizationRoute } from "./switch-organization.js";

type Route = (parts: FlowParts, request: Request, background?: Background) => Response | Promise<Response>;
type Methods = Readonly<Partial<Record<"GET" | "POST" | "DELETE", Route>>>;

function off(parts: FlowParts, request: Request, background?: Background): Response {
  return refuseAndTell(parts, "not_enabled", request, background);
}

/** Programs of the provider call these. They read no cookie, so a page of another site gains nothing from them. */
const RECEIVERS: ReadonlySet<string> = new Set<ReceiverPath>(["/backchannel-logout", "/webhooks/workos"]);

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
  ["/sessions", { GET: off }],
  ["/backchannel-logout", { POST: (...call) => receive("/backchannel-logout", ...call) }],
  ["/webhooks/workos", { POST: (...call) => receive("/webhooks/workos", ...call) }],
]);
const ONE_SESSION: Methods = { DELETE: off };

/**
 * Answers our routes by the path in its one form; `null` for a path that is not ours. In front of them stands the
 * same-origin wall; that of WebSocket handshakes, which covers other paths, too, is `refuseForeignSocket`.
 */
export async function answerRoute(
  parts: FlowParts,
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
  const methods = methodsOf(below);
  if (methods === undefined) return null;
  const route = routeFor(methods, request.method);
  if (route === undefined) {
    parts.emit({ type: "method_not_allowed" }, background, request);
    return methodNotAllowed(Object.keys(methods).join(", "));
  }
  const isWalled = !isSafeMethod(request.method) && !RECEIVERS.has(below);
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

function receive(path: ReceiverPath, ...call: Parameters<Route>): ReturnType<Route> {
  const [parts, request, background] = call;
  const receiver = parts.receivers.find((one) => one.path === path);
  return receiver ? receiver.receive(parts, request, background) : off(...call);
}

function methodsOf(path: string): Methods | undefined {
  return ROUTES.get(path) ?? (/^\/sessions\/[^/]+$/.test(path) ? ONE_SESSION : undefined);
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
