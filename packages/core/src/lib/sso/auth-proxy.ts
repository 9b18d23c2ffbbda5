import { createAudit } from "../audit/audit.js";
import { refuseConfig } from "../base/errors.js";
import type { RouteRefusal, UnavailableReason } from "../base/failure.js";
import { failureAnswer } from "../base/failure-answer.js";
import type { Background } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import { askUpstream } from "../identity/ask-upstream.js";
import { targetOf } from "../identity/proxy-target.js";
import { canonicalPath, matchesPath } from "../policy/path.js";
import type { ResolvedHost } from "./auth-host.js";
import { createAnswerPolicy, publicAnswer } from "./auth-proxy-answer.js";
import type { AuthProxyOptions } from "./auth-proxy-options.js";
import { authProxyProblems } from "./auth-proxy-problems.js";
import { providerRequest } from "./auth-proxy-request.js";
import { createFindHost } from "./find-host.js";

/**
 * The provider's answer for the visitor of one of our hosts, streaming both ways. 400 `ambiguous_path`, 404 `not_found`, 405
 * `method_not_allowed`, 421 `unknown_host`, 502 `bad_gateway`, 503 `unavailable`, 504 `gateway_timeout`.
 */
export type AuthProxy = (request: Request, background?: Background) => Promise<Response>;

const DEADLINE_SECONDS = 15;

/** `detail` is for whoever wrote the rules, and never on the wire. */
interface Refused {
  readonly reason: RouteRefusal | UnavailableReason;
  readonly detail?: string;
}

/** Throws `config_invalid` with every problem of every host. */
export function createAuthProxy(options: AuthProxyOptions): AuthProxy {
  refuseConfig(authProxyProblems(options));
  const { pages, clientAddress, audit, fetch = (request: Request) => globalThis.fetch(request) } = options;
  const findHost = createFindHost(options);
  const secured = createAnswerPolicy(pages);
  const { emit } = createAudit({ sinks: audit, runtime: { now: () => readClock(options) } });

  async function pass(request: Request, resolved: ResolvedHost, target: URL): Promise<Response | Refused> {
    const { through, deadlineSeconds = DEADLINE_SECONDS } = resolved.rule;
    const abort = new AbortController();
    const signal = AbortSignal.any([request.signal, abort.signal]);
    const outbound = providerRequest(request, resolved, { target, signal, address: clientAddress?.(request) ?? "" });
    const send = (): Promise<Response> => (through ? through.fetch(outbound) : fetch(outbound));
    const upstream = await askUpstream(send, { milliseconds: deadlineSeconds * 1_000, abort });
    if (typeof upstream === "string") return { reason: upstream };
    const answer = await publicAnswer(upstream, resolved, { target, sent: outbound });
    // A body that broke rejects its own cancellation; there is nothing left to close then.
    if (answer === null) await upstream.body?.cancel().catch(() => undefined);
    return answer ?? { reason: "bad_gateway", ...whereTo(upstream, target) };
  }

  async function answerOf(request: Request, requested: URL, resolved: ResolvedHost): Promise<Response | Refused> {
    const path = canonicalPath(request.url);
    const target =
      path === null ? null : targetOf({ prefix: "", origin: resolved.upstream, base: "" }, path, requested);
    if (path === null || target === null) return { reason: "ambiguous_path" };
    if (!matchesPath(resolved.rule.paths, path)) return { reason: "not_found" };
    // A socket would carry what nobody looks at.
    const isSocket = /websocket/i.test(request.headers.get("Upgrade") ?? "");
    if (isSocket || !resolved.methods.includes(request.method)) return { reason: "method_not_allowed" };
    return pass(request, resolved, target);
  }

  return async (request, background) => {
    const refuse = ({ reason, detail }: Refused, host?: string, headers = {}): Response => {
      // Whoever left ended the call to the provider, which is no failure of it.
      const told = {
        type: reason,
        ...(host !== undefined && { reason: host }),
        ...(detail !== undefined && { detail }),
      };
      if (!request.signal.aborted) emit(told, background, request);
      return secured(failureAnswer(reason, {}, headers));
    };
    const requested = new URL(request.url);
    const resolved = await findHost(requested);
    if (typeof resolved === "string") return refuse({ reason: resolved, detail: requested.host });
    const preflight = await resolved.cors?.preflight(request);
    if (preflight) return secured(preflight);
    const answer = await answerOf(request, requested, resolved);
    const own = answer instanceof Response ? secured(answer) : refuse(answer, resolved.host, allowed(answer, resolved));
    return resolved.cors ? resolved.cors.apply(request, own) : own;
  };
}

function allowed({ reason }: Refused, { methods }: ResolvedHost): Readonly<Record<string, string>> {
  return reason === "method_not_allowed" ? { Allow: methods.join(", ") } : {};
}

/** The origin that `redirects` lacks; what else an address says may be somebody's own. */
function whereTo({ headers }: Response, target: URL): Pick<Refused, "detail"> {
  const url = URL.parse(headers.get("Location") ?? "", target);
  return url === null ? {} : { detail: `redirect to ${url.protocol}//${url.host}` };
}
