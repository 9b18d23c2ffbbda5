import { addVary, writable } from "../base/answers.js";
import { refuseConfig } from "../base/errors.js";
import { type CorsOptions, corsProblems } from "./cors-options.js";
import { judgeOrigin, type OriginVerdict } from "./origin-verdict.js";

export interface Cors {
  /** Who asks. `rejected` is worth an event: a preview that nobody registered, or somebody who tries. */
  judge(request: Request): Promise<OriginVerdict>;
  /** The answer to a preflight: 204, before anybody signs in or is counted. `null`: not a preflight. */
  preflight(request: Request): Promise<Response | null>;
  /**
   * The answer with the headers that let an allowed origin read it, cookies included, and with `Vary: Origin`. What the
   * handler itself said of CORS is taken away: one rule decides. Upgrades are left as they are.
   */
  apply(request: Request, response: Response): Promise<Response>;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const HEADERS = ["Content-Type", "X-Requested-With", "X-Expected-Org"];
const MAX_AGE_SECONDS = 600;
/** No browser sends more than the names a page sets. Longer lists are not even read. */
const MAX_LIST_LENGTH = 4_096;

/** Throws `config_invalid` naming everything wrong with the options. */
export function createCors(options: CorsOptions): Cors {
  refuseConfig(corsProblems(options));
  const {
    origins,
    methods = METHODS,
    headers = HEADERS,
    exposeHeaders = [],
    maxAgeSeconds = MAX_AGE_SECONDS,
  } = options;
  const allowedMethods = new Set(methods);
  const allowedHeaders = new Set(headers.map((name) => name.toLowerCase()));
  const permission = {
    "Access-Control-Allow-Methods": methods.join(", "),
    "Access-Control-Allow-Headers": headers.join(", "),
    "Access-Control-Max-Age": String(maxAgeSeconds),
  };
  const exposed = exposeHeaders.join(", ");

  /** A request is judged once, however often it is asked for: a registry that hangs is waited for once. */
  const verdicts = new WeakMap<Request, OriginVerdict>();

  async function judge(request: Request): Promise<OriginVerdict> {
    const verdict = verdicts.get(request) ?? (await judgeOrigin(request, origins));
    verdicts.set(request, verdict);
    return verdict;
  }

  function mayAsk(request: Request): boolean {
    const list = request.headers.get("Access-Control-Request-Headers") ?? "";
    return (
      allowedMethods.has(request.headers.get("Access-Control-Request-Method") ?? "") &&
      list.length <= MAX_LIST_LENGTH &&
      (list === "" || list.split(",").every((name) => allowedHeaders.has(name.trim().toLowerCase())))
    );
  }

  return {
    judge,

    async preflight(request) {
      const { method, headers: asked } = request;
      if (method !== "OPTIONS" || !asked.has("Origin") || !asked.has("Access-Control-Request-Method")) return null;
      const answer = new Headers({
        Vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
      });
      if ((await judge(request)) === "allowed" && mayAsk(request)) {
        allow(answer, request);
        for (const [name, value] of Object.entries(permission)) answer.set(name, value);
      }
      return new Response(null, { status: 204, headers: answer });
    },

    async apply(request, response) {
      // An upgrade is not CORS, and its socket is lost in a copy; a network error cannot be copied at all.
      if (response.status === 101 || response.status === 0) return response;
      const verdict = await judge(request);
      const copy = writable(response);
      const { headers } = copy;
      for (const name of [...headers.keys()]) {
        if (name.startsWith("access-control-")) headers.delete(name);
      }
      // Also for whoever is not allowed: a cache would give their answer to somebody who is, and the other way round.
      addVary(headers, "Origin");
      if (verdict === "allowed") {
        allow(headers, request);
        if (exposed !== "") headers.set("Access-Control-Expose-Headers", exposed);
      }
      return copy;
    },
  };
}

/** The origin itself, never `*`: browsers refuse that beside cookies. Only for one that was allowed. */
function allow(headers: Headers, request: Request): void {
  headers.set("Access-Control-Allow-Origin", request.headers.get("Origin") ?? "");
  headers.set("Access-Control-Allow-Credentials", "true");
}
