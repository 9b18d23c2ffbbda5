import type { Authenticated, ClockOption, Missing, RequestAuth } from "@edgeseal/core";
import { readClock, refuseConfig } from "@edgeseal/core/adapter";
import { hasPermission, type Permission } from "@edgeseal/core/permissions";
import type { Context, MiddlewareHandler } from "hono";
import { answerWith } from "./hono-answer.js";

export type SignedIn = { Variables: { auth: Authenticated } };
export type InOrganization = { Variables: { auth: Authenticated & { readonly organizationId: string } } };

export interface OrganizationGuardOptions {
  /** Parameter of the route that must be the session's organisation: `org` for `/orgs/:org`. Absent: every one will do. */
  readonly param?: string;
}

export interface RecentAuthOptions extends ClockOption {
  /** Since the person last signed in, by the `auth_time` claim. A token without that claim is never recent. */
  readonly withinSeconds: number;
}

/** What is missing for a signed-in person to come in; `null` when nothing is. */
type Requirement = (visitor: Authenticated, c: Context) => Missing | null;

/** A clock of the provider that runs ahead of ours. */
const CLOCK_TOLERANCE_SECONDS = 60;

/** 401, 302 or 503 for whoever is not signed in; narrows `c.get("auth")`. */
export function requireSession(...none: []): MiddlewareHandler<SignedIn> {
  // Given to Hono without being called, it is called with the context.
  refuseConfig(none.length === 0 ? [] : ["`requireSession` takes nothing: write `requireSession()`."]);
  return guard("requireSession", () => null);
}

/** 403 for whoever lacks one of them, naming what is missing. Implies `requireSession`. */
export function requirePermission(...all: readonly [Permission, ...Permission[]]): MiddlewareHandler<SignedIn> {
  const areNames = all.length > 0 && all.every((name: unknown) => typeof name === "string" && name !== "");
  refuseConfig(areNames ? [] : ["`requirePermission` needs names of permissions, one or more."]);
  return guard("requirePermission", (visitor) => {
    const [first, ...others] = all.filter((name) => !hasPermission(visitor, name));
    if (first === undefined) return null;
    return { permission: others.length === 0 ? first : [first, ...others] };
  });
}

/** 403 outside of an organisation, or in another one than the URL names. Implies `requireSession`. */
export function requireOrganization(options: OrganizationGuardOptions = {}): MiddlewareHandler<InOrganization> {
  const { param } = options;
  const problems = unknownOptions("requireOrganization", options, ["param"]);
  if (param !== undefined && (typeof param !== "string" || param === "")) {
    problems.push("`param` of `requireOrganization` must be the name of a parameter of the route, such as `org`.");
  }
  refuseConfig(problems);
  return guard("requireOrganization", ({ organizationId }, c) => {
    if (param === undefined) return organizationId === undefined ? { organization: true } : null;
    const wanted = c.req.param(param);
    if (wanted === undefined) {
      refuseConfig([`\`requireOrganization\` found no parameter \`${param}\` in the path of its route.`]);
    }
    return wanted === organizationId ? null : { organization: wanted };
  });
}

/** 403 when the sign-in lies further back: in front of what a stolen session must not do. Implies `requireSession`. */
export function requireRecentAuth(options: RecentAuthOptions): MiddlewareHandler<SignedIn> {
  const { withinSeconds, now } = options;
  const problems = unknownOptions("requireRecentAuth", options, ["withinSeconds", "now"]);
  if (!Number.isFinite(withinSeconds) || withinSeconds <= 0) {
    problems.push("`withinSeconds` of `requireRecentAuth` must be a number of seconds above 0.");
  }
  refuseConfig(problems);
  return guard("requireRecentAuth", ({ claims: { auth_time: signedInAt } }) => {
    const age = signedInAt === undefined ? Infinity : readClock({ ...(now && { now }) }) - signedInAt;
    return age <= withinSeconds && age >= -CLOCK_TOLERANCE_SECONDS ? null : { recentAuth: { withinSeconds } };
  });
}

function guard<E extends SignedIn>(name: string, requirement: Requirement): MiddlewareHandler<E> {
  return async (c, next) => {
    // What the types cannot know: whether `authMiddleware` ran, and whom it met.
    const visitor: RequestAuth | undefined = c.get("auth");
    if (visitor === undefined) refuseConfig([`\`${name}\` needs \`authMiddleware\` in front of it.`]);
    if (visitor.state !== "authenticated") return answerWith(c, visitor.deny());
    const missing = requirement(visitor, c);
    if (missing !== null) return answerWith(c, visitor.deny(missing));
    await next();
  };
}

/** A misspelt requirement would be one that is never asked for. */
function unknownOptions(name: string, options: object, known: readonly string[]): string[] {
  const unknown = Object.keys(options).filter((option) => !known.includes(option));
  return unknown.map((option) => `\`${name}\` was given an option that does not exist: \`${option}\`.`);
}
