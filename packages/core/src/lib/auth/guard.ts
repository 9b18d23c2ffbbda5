import { createAudit } from "../audit/audit.js";
import { jsonAnswer } from "../base/answers.js";
import { refuseConfig } from "../base/errors.js";
import { type RouteRefusal, wireFailure } from "../base/failure.js";
import type { AuditSink, Background, ClockOption, Emit } from "../base/ports.js";
import { resolveRuntime } from "../base/runtime.js";
import { canonicalPath, matchesPath, pathPatternProblem } from "../policy/path.js";
import { isSameOrigin, isWebSocketUpgrade } from "../policy/same-origin.js";
import type { RequestAuth } from "../session/request-auth.js";
import type { Auth } from "./auth.js";

export interface GuardOptions extends ClockOption {
  /** Everything else needs a session: `/health` alone, `/assets/*` everything below. Default: none. */
  readonly publicPaths?: readonly string[];
  /** Where refusals are told. Absent: nowhere. */
  readonly audit?: AuditSink;
  readonly realm?: string;
}

/** What becomes of a request before an app's handler runs: it is answered already, or this visitor may come in. */
export type Admission = { readonly answer: Response } | { readonly visitor: RequestAuth };

/** Stands in front of a whole app, for adapters: our routes, the walls, the visitor, and no way in without a session. */
export interface Guard {
  /** Without public paths every visitor who comes in is `authenticated`. */
  admit(auth: Auth, request: Request, background?: Background): Promise<Admission>;
}

/** Throws `config_invalid` naming every path that could not match. */
export function createGuard(options: GuardOptions = {}): Guard {
  const { publicPaths = [], audit, realm } = options;
  refuseConfig(publicPaths.map(pathPatternProblem).filter((problem) => problem !== null));
  const emit = createAudit({
    ...(audit && { sink: audit }),
    ...(realm !== undefined && { realm }),
    runtime: resolveRuntime(options),
  });
  const everythingPublic = publicPaths.includes("/*");

  async function admit(auth: Auth, request: Request, background?: Background): Promise<Admission> {
    // The request's own URL alone: forwarded and rewritten paths are headers anybody can write.
    const path = canonicalPath(request.url);
    if (path === null && !everythingPublic) return { answer: refuse("ambiguous_path", emit, background) };
    const own = await auth.handler(request, background);
    if (own) return { answer: own };
    if (await isForeignSocket(auth, request)) return { answer: refuse("csrf", emit, background) };
    const visitor = await auth.validateRequest(request, background);
    if (isOrganizationChanged(visitor, request)) {
      // The answer carries a cookie that validating may have renewed.
      return { answer: visitor.apply(refuse("org_changed", emit, background)) };
    }
    const open = path === null || matchesPath(publicPaths, path);
    if (visitor.state === "authenticated" || open) return { visitor };
    return { answer: visitor.deny() };
  }
  return { admit };
}

/**
 * A handshake from another site arrives with our cookie, is a GET that no CORS check covers, and opens a channel that
 * reads and writes. Cookies that are not ours (a load balancer's) prove nobody and are let through.
 */
async function isForeignSocket(auth: Auth, request: Request): Promise<boolean> {
  if (!isWebSocketUpgrade(request) || isSameOrigin(request)) return false;
  const cookies = request.headers.get("Cookie");
  // The name anywhere: reading cookies in another way than the session does would leave a gap between the two.
  return cookies?.includes((await auth.describe()).cookieName) ?? false;
}

/** A tab that shows one organisation must not act in another one, to which a second tab has switched meanwhile. */
function isOrganizationChanged(visitor: RequestAuth, request: Request): boolean {
  const expected = request.headers.get("X-Expected-Org");
  return expected !== null && visitor.state === "authenticated" && expected !== (visitor.organizationId ?? "");
}

function refuse(reason: RouteRefusal & Parameters<Emit>[0]["type"], emit: Emit, background?: Background): Response {
  emit({ type: reason }, background);
  const { status, error } = wireFailure(reason);
  return jsonAnswer(status, { error });
}
