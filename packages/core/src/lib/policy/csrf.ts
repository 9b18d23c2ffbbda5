import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { hasMethod, unknownOptions } from "../base/option-checks.js";
import { judgeOrigin, type OriginVerdict } from "./origin-verdict.js";
import type { Origins } from "./origins.js";
import { type Refusal, refusal } from "./refusal.js";
import { isSafeMethod, isWebSocketUpgrade } from "./same-origin.js";

/** What a request proves itself with: the session's cookie, a token in a header, nothing. */
export type Credential = "cookie" | "header" | "none";

export interface CsrfOptions {
  /** Other origins whose pages may act for whoever is signed in. Default: none. */
  readonly origins?: Origins;
  /**
   * A header that every API call must carry, with any value: no form, link or image of another site can. Default
   * `X-Requested-With`; `false`: none is asked for.
   */
  readonly header?: string | false;
}

export interface Csrf {
  /**
   * `null`: go on. Looks at requests with the cookie alone, because browsers add it by themselves; a header token they do
   * not. What changes something, and a WebSocket handshake, must come from our own origin or an allowed one (Fetch
   * Metadata, else `Origin`); an API call must carry the header, whatever its method.
   */
  check(request: Request, credential: Credential): Refusal | null | Promise<Refusal | null>;
}

/** Throws `config_invalid` naming everything wrong with the options. */
export function createCsrf(options: CsrfOptions = {}): Csrf {
  refuseConfig(csrfProblems(options));
  const { origins, header = "X-Requested-With" } = options;

  function lacksHeader(request: Request): Refusal | null {
    if (header === false || request.headers.get(header) || !isApiCall(request)) return null;
    return refusal("csrf", { detail: "header_missing" });
  }

  function judge(verdict: OriginVerdict, request: Request): Refusal | null {
    if (verdict === "same" || verdict === "allowed") return lacksHeader(request);
    return refusal("csrf", { detail: verdict === "none" ? "origin_missing" : "origin_foreign" });
  }

  return {
    check(request, credential) {
      if (credential === "header" || credential === "none") return null;
      if (isSafeMethod(request.method) && !isWebSocketUpgrade(request)) return lacksHeader(request);
      const verdict = judgeOrigin(request, origins);
      return typeof verdict === "string" ? judge(verdict, request) : verdict.then((late) => judge(late, request));
    },
  };
}

/**
 * Made by a script, which can add a header. Browsers make the others by themselves: pages and forms, what a page loads
 * (`Sec-Fetch-Dest` names it), handshakes, and of those that change nothing also event streams and what the site's own
 * service worker passes on. Nothing is lost by letting the safe ones go: a link reaches them, too.
 */
function isApiCall(request: Request): boolean {
  if (isPage(request) || isWebSocketUpgrade(request)) return false;
  const { headers } = request;
  if ((headers.get("Sec-Fetch-Dest") ?? "empty") !== "empty") return false;
  if (!isSafeMethod(request.method)) return true;
  if (headers.get("Accept")?.includes("text/event-stream")) return false;
  // What a service worker passes on has lost its destination; a script that asks in this mode could add no header.
  return headers.get("Sec-Fetch-Mode") !== "no-cors" || headers.get("Sec-Fetch-Site") !== "same-origin";
}

/**
 * A page load or a form. A service worker that changes one makes `same-origin` of `navigate` (Fetch §5.4), which no page
 * of another origin can send; Safari before 16.4 has no Fetch Metadata. Both still say that they want a page.
 */
function isPage(request: Request): boolean {
  const mode = request.headers.get("Sec-Fetch-Mode");
  if (mode === "navigate") return true;
  return (mode === null || mode === "same-origin") && (request.headers.get("Accept")?.includes("text/html") ?? false);
}

function csrfProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`createCsrf` takes an object of options, or none."];
  const { origins, header } = options;
  const problems = unknownOptions(options, ["origins", "header"], "createCsrf");
  if (origins !== undefined && !hasMethod(origins, "allows")) {
    problems.push("`origins` must come from `createOrigins({ allow: […] })`.");
  }
  if (header !== undefined && header !== false && !(typeof header === "string" && isOwnHeader(header))) {
    problems.push("`header` must name a header that only a script adds, such as `X-Requested-With`, or be `false`.");
  }
  return problems;
}

/** Not one that a page of another site may set unasked (Fetch §2.2.2), nor one that browsers send by themselves. */
function isOwnHeader(name: string): boolean {
  const common =
    /^(?:accept|cache-control$|connection$|content-|cookie|host$|if-|origin$|pragma$|range$|referer$|sec-|upgrade|user-agent$)/i;
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !common.test(name);
}
