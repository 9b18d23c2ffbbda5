import type { Authenticated, ClockOption, Machine, RequestAuth, Requirement } from "@edgeseal/core";
import { missingFor, readClock, refuseConfig, requirementProblems } from "@edgeseal/core/adapter";
import type { Permission } from "@edgeseal/core/permissions";
import type { Context, MiddlewareHandler } from "hono";
import { answerWith } from "./hono-answer.js";

export type SignedIn = { Variables: { auth: Authenticated } };
export type KnownCaller = { Variables: { auth: Authenticated | Machine } };
export type InOrganization = { Variables: { auth: Authenticated & { readonly organizationId: string } } };

export interface OrganizationGuardOptions {
  /** Parameter of the route that must be the session's organisation: `org` for `/orgs/:org`. Absent: every one will do. */
  readonly param?: string;
}

export interface RecentAuthOptions extends ClockOption {
  /** Since the person last signed in, by the `auth_time` claim. A token without that claim is never recent. */
  readonly withinSeconds: number;
}

/** 401, 302 or 503 for whoever is not signed in; narrows `c.get("auth")`. */
export function requireSession(...none: []): MiddlewareHandler<SignedIn> {
  // Given to Hono without being called, it is called with the context.
  refuseConfig(none.length === 0 ? [] : ["`requireSession` takes nothing: write `requireSession()`."]);
  return guard("requireSession", {});
}

/** 403 for whoever lacks one of them, naming what is missing. Implies `requireSession`. */
export function requirePermission(...all: readonly [Permission, ...Permission[]]): MiddlewareHandler<SignedIn> {
  return checked("requirePermission", { permission: all });
}

/**
 * For programs, too (`bearer`): whoever is signed in or a `machine`, and has all of these permissions; none named asks for none.
 * Every other guard refuses programs.
 */
export function requireCaller(...all: readonly Permission[]): MiddlewareHandler<KnownCaller> {
  const [first, ...others] = all;
  if (first === undefined) return guard("requireCaller", {}, { letsMachinesIn: true });
  const requirement: Requirement = { permission: [first, ...others] };
  refuseConfig(requirementProblems("`requireCaller`", requirement));
  return guard("requireCaller", requirement, { letsMachinesIn: true });
}

/** 403 outside of an organisation, or in another one than the URL names. Implies `requireSession`. */
export function requireOrganization(options: OrganizationGuardOptions = {}): MiddlewareHandler<InOrganization> {
  const { param, ...others } = options;
  return checked("requireOrganization", { organization: param ?? true, ...others });
}

/** Signs in again (a page load), or 403, when the sign-in lies further back: in front of what a stolen session must not do. Implies `requireSession`. */
export function requireRecentAuth(options: RecentAuthOptions): MiddlewareHandler<SignedIn> {
  const { now, ...recentAuth } = options;
  return checked("requireRecentAuth", { recentAuth }, now && { now });
}

function checked<E extends SignedIn>(
  name: string,
  requirement: Requirement,
  clock?: ClockOption,
): MiddlewareHandler<E> {
  refuseConfig(requirementProblems(`\`${name}\``, requirement));
  return guard(name, requirement, clock);
}

function guard<E extends SignedIn | KnownCaller>(
  name: string,
  requirement: Requirement,
  options: ClockOption & { readonly letsMachinesIn?: true } = {},
): MiddlewareHandler<E> {
  return async (c, next) => {
    // What the types cannot know: whether `authMiddleware` ran, and whom it met.
    const visitor: RequestAuth | Machine | undefined = c.get("auth");
    if (visitor === undefined) refuseConfig([`\`${name}\` needs \`authMiddleware\` in front of it.`]);
    const isKnown = visitor.state === "authenticated" || (visitor.state === "machine" && options.letsMachinesIn);
    if (!isKnown) return answerWith(c, visitor.deny());
    const missing = missingFor(requirement, visitor, { now: readClock(options), parameter: (of) => parameter(c, of) });
    if (missing !== null) return answerWith(c, visitor.deny(missing));
    await next();
  };
}

function parameter(c: Context, name: string): string {
  const value = c.req.param(name);
  if (value === undefined) refuseConfig([`A guard found no parameter \`${name}\` in the path of its route.`]);
  return value;
}
