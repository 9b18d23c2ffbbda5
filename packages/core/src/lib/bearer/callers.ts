import type { UnavailableReason } from "../base/failure.js";
import type { Background, CredentialRefusal } from "../base/ports.js";
import { hasCookieName } from "../cookie/cookie.js";
import { canonicalPath } from "../policy/path.js";
import { failureOf } from "../session/failure-of.js";
import { deepFreeze } from "../session/freeze.js";
import type { Anonymous, Machine, RequestAuth, Unavailable } from "../session/request-auth.js";
import { type AnswerContext, anonymous, authenticated, unavailable } from "../session/visitor-states.js";
import type { AccessTokenClaims } from "../token/claims.js";
import { findOwner, fingerprint, looksLikeToken, mayBeApiKey } from "./api-keys.js";
import type { BearerOptions, CallerParts, Callers } from "./bearer-options.js";
import { clientOf, permissionsOf, sessionOf } from "./caller.js";
import { headerRefusals, machine } from "./header-answers.js";
import { type HeaderCredential, readBearer } from "./read-header.js";
import { refuseEnded } from "./refuse-ended.js";
import { createModeOf } from "./route-modes.js";
import { createVerifier } from "./verify-caller.js";

/** What a request proves itself with on this route. */
type Choice =
  | { readonly by: "cookie"; readonly varies: boolean }
  | { readonly by: "nothing" }
  | { readonly by: "both" }
  | { readonly by: "header"; readonly credential: HeaderCredential };

export function createCallers(options: BearerOptions, parts: CallerParts): Callers {
  const { runtime, emit, loginPath, cookieNames } = parts;
  const modeOf = createModeOf(options.routes);
  const verify = createVerifier(options, parts);

  function choose(request: Request): Choice {
    const mode = modeOf(canonicalPath(request.url));
    if (mode === "cookie") return { by: "cookie", varies: false };
    if (mode === "none") return { by: "nothing" };
    const credential = readBearer(request);
    if (mode === "header") {
      return credential.kind === "none" ? { by: "nothing" } : { by: "header", credential };
    }
    if (credential.kind === "none") return { by: "cookie", varies: true };
    const cookies = request.headers.get("Cookie");
    return cookieNames.some((name) => hasCookieName(cookies, name)) ? { by: "both" } : { by: "header", credential };
  }

  function contextOf(request: Request, background: Background | undefined): AnswerContext {
    const about = { request, loginPath, cookies: [], emit, background };
    return { ...about, sessionRead: true, varyBy: "Authorization", byHeader: headerRefusals("invalid_token") };
  }

  function refuse(context: AnswerContext, reason: CredentialRefusal): Anonymous {
    emit({ type: reason }, context.background, context.request);
    return anonymous(context, reason);
  }

  function fail(context: AnswerContext, reason: UnavailableReason): Unavailable {
    emit({ type: reason }, context.background, context.request);
    return unavailable(context, reason, 1);
  }

  async function byHeader(context: AnswerContext, credential: HeaderCredential): Promise<RequestAuth | Machine> {
    if (credential.kind !== "token") return refuse(context, "token_malformed");
    const { text } = credential;
    try {
      if (looksLikeToken(text)) return await byToken(context, text);
      return await byKey(context, text);
    } catch (error) {
      const reason = failureOf(error);
      if (reason === null) throw error;
      return fail(context, reason);
    }
  }

  async function byToken(context: AnswerContext, token: string): Promise<RequestAuth | Machine> {
    const verified = await verify(token, runtime.now(), context.background);
    if (!verified.ok) return refuse(context, verified.reason);
    const claims = deepFreeze(verified.claims);
    const { background } = context;
    const ended = await refuseEnded(parts, claims, { provider: verified.provider, context, background });
    if (ended !== null) return ended;
    if (verified.isMachine) return machine(context, machineOf(claims));
    const session = deepFreeze(sessionOf(token, claims, claims.sid ?? (await fingerprint(token))));
    return authenticated(context, { session, claims, refreshed: false, degraded: false });
  }

  async function byKey(context: AnswerContext, key: string): Promise<Anonymous | Machine> {
    if (options.apiKeys === undefined || !mayBeApiKey(key)) return refuse(context, "token_malformed");
    const owner = await findOwner(options.apiKeys, key);
    if (owner === null) return refuse(context, "unknown_api_key");
    const { clientId, organizationId, permissions = [], roles = [], expiresAt } = owner;
    if (expiresAt !== undefined && expiresAt <= runtime.now()) return refuse(context, "token_expired");
    // A copy: what the app hands out may be its own cache.
    const lists = { permissions: [...permissions], roles: [...roles] };
    const ids = { clientId, ...(organizationId !== undefined && { organizationId }) };
    return machine(context, deepFreeze({ ...ids, ...lists, ...(expiresAt !== undefined && { expiresAt }) }));
  }

  return {
    isByHeader: (request) => choose(request).by === "header",
    async validate(request, background, byCookie) {
      const choice = choose(request);
      const context = contextOf(request, background);
      if (choice.by === "header") return byHeader(context, choice.credential);
      if (choice.by === "both") {
        const refusals = headerRefusals("invalid_request");
        return refuse({ ...context, byHeader: refusals, varyBy: "Cookie, Authorization" }, "ambiguous_credential");
      }
      if (choice.by === "nothing") {
        return anonymous({ ...context, sessionRead: false, byHeader: headerRefusals() }, "no_credential");
      }
      const visitor = await byCookie();
      const { byHeader: _, ...cookieAlone } = context;
      // Nothing came, so nothing but the path is in the answer's way to a cache, and that must tell the two apart.
      const isOpen = choice.varies && visitor.state === "anonymous" && visitor.reason === "no_credential";
      return isOpen
        ? anonymous({ ...cookieAlone, sessionRead: false, varyBy: "Cookie, Authorization" }, visitor.reason)
        : visitor;
    },
  };
}

function machineOf(claims: AccessTokenClaims) {
  const { sub, org_id, role, roles = role === undefined ? [] : [role], exp } = claims;
  return deepFreeze({
    clientId: clientOf(claims) ?? sub,
    ...(org_id !== undefined && { organizationId: org_id }),
    permissions: permissionsOf(claims),
    roles,
    claims,
    expiresAt: exp,
  });
}
