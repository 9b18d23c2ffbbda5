import type { Background, Emit } from "../base/ports.js";
import { hasCookieName } from "../cookie/cookie.js";
import type { Credential } from "../policy/csrf.js";
import type { Policies } from "./policies.js";

/** The walls of the policies, in their order: preflight, limits, CSRF; then the headers of the answer. */
export interface Gate {
  /** Whether a path that cannot be read in one way would get around a limit. */
  readonly looksAtPaths: boolean;
  /** In front of every route, ours included: a preflight is answered, calls are counted. `null`: go on. */
  open(request: Request, path: string | null, background: Background | undefined): Promise<Response | null>;
  /** In front of the app's own routes. `null`: go on. */
  checkOrigin(request: Request, background: Background | undefined): Promise<Response | null>;
  /** What another origin may read of an answer, ours included. */
  share(request: Request, response: Response): Promise<Response>;
  /** Security headers on the app's own answers. */
  harden(response: Response): Response;
}

export interface GateParts {
  readonly policies: Policies;
  /** Every cookie that a session may come in: ours, and that of an older layout. */
  readonly cookieNames: readonly string[];
  readonly emit: Emit;
  /** Of our own routes. */
  readonly routePrefix: string;
  /** Whether a header alone decides who asks. */
  readonly isByHeader?: (request: Request) => boolean;
  /** An empty text: unknown. */
  readonly clientAddress: (request: Request) => string;
}

export function createGate(parts: GateParts): Gate {
  const { emit } = parts;
  const { csrf, cors, securityHeaders, rateLimit } = parts.policies;

  async function limit(request: Request, path: string, background?: Background): Promise<Response | null> {
    const route = rateLimit?.routeOf(path) ?? null;
    if (rateLimit === undefined || route === null) return null;
    const { refusal, facts } = await rateLimit.decide(request, route, addressOf(parts, request));
    for (const fact of facts) emit(fact, background, request);
    return refusal?.deny() ?? null;
  }

  async function share(request: Request, response: Response): Promise<Response> {
    return cors ? cors.apply(request, response) : response;
  }

  return {
    // Our own routes answer no path that cannot be read.
    looksAtPaths: !(rateLimit?.routes ?? []).every((route) => route.startsWith(`${parts.routePrefix}/`)),

    async open(request, path, background) {
      if (cors) {
        if ((await cors.judge(request)) === "rejected") emit({ type: "origin_rejected" }, background, request);
        const preflight = await cors.preflight(request);
        if (preflight) return preflight;
      }
      const refused = path === null ? null : await limit(request, path, background);
      return refused && share(request, refused);
    },

    async checkOrigin(request, background) {
      const refused = await csrf?.check(request, credentialOf(request, parts));
      if (!refused) return null;
      emit({ type: "csrf", ...(refused.detail !== undefined && { reason: refused.detail }) }, background, request);
      return share(request, refused.deny());
    },

    share,
    harden: (response) => securityHeaders?.apply(response) ?? response,
  };
}

/** Somebody's own function: whatever it throws or gives, who asks has no address then, and the strict bucket of those. */
function addressOf({ clientAddress }: GateParts, request: Request): string {
  try {
    const address: unknown = clientAddress(request);
    return typeof address === "string" ? address : "";
  } catch {
    return "";
  }
}

/** By the beginning of a name, so that the parts of a large session count, too. */
function credentialOf(request: Request, { cookieNames, isByHeader }: GateParts): Credential {
  if (isByHeader?.(request)) return "header";
  const header = request.headers.get("Cookie");
  return cookieNames.some((name) => hasCookieName(header, name)) ? "cookie" : "none";
}
