import { isLoopback } from "../base/provider-url.js";
import { type Cors, createCors } from "../policy/cors.js";
import type { AuthHost } from "./auth-proxy-options.js";
import { type CookiePassage, createCookiePassage } from "./cookie-passage.js";

/** A host and everything made from its rule once. */
export interface ResolvedHost {
  readonly rule: AuthHost;
  /** As browsers name it. */
  readonly host: string;
  /** Of the request: on a loopback host it is the scheme of `origin`. */
  readonly scheme: string;
  /** `https`, whatever a proxy in front of us spoke: the cookies are `Secure`. */
  readonly origin: string;
  /** Of the upstream. */
  readonly upstream: string;
  readonly methods: readonly string[];
  readonly cookies: CookiePassage;
  readonly cors: Cors | null;
}

const METHODS = ["GET", "POST"];

/** The rule must have been checked. */
export function resolveHost(rule: AuthHost, requested: URL): ResolvedHost {
  const { methods = METHODS, headers = [], answerHeaders = [], origins } = rule;
  const allowed = methods.includes("GET") && !methods.includes("HEAD") ? [...methods, "HEAD"] : methods;
  const exposed = answerHeaders.length > 0 && { exposeHeaders: answerHeaders };
  return {
    rule,
    host: requested.host,
    scheme: requested.protocol,
    origin: isLoopback(requested.hostname) ? requested.origin : `https://${requested.host}`,
    upstream: new URL(rule.upstream).origin,
    methods: allowed,
    cookies: createCookiePassage(rule),
    cors: origins ? createCors({ origins, methods: allowed, headers: ["Content-Type", ...headers], ...exposed }) : null,
  };
}
