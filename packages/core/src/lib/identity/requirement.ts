import { isRecord, isText } from "../base/json.js";
import { hasPermission, hasRole, type Permission, type PermissionSubject } from "./permissions.js";

/** What a person who came in lacks, as the body of a 403 says it. */
export type Missing =
  | { readonly permission: Permission | readonly Permission[] }
  | { readonly role: string }
  /** `true`: there is none at all; a text: the id of the one that is wanted, which is not the session's. */
  | { readonly organization: true | string }
  | { readonly recentAuth: { readonly withinSeconds: number } }
  /** A program asked where people are let in. */
  | { readonly person: true };

/** What a person must have; all that is named must hold. */
export interface Requirement {
  /** One, or all of several. */
  readonly permission?: Permission | readonly [Permission, ...Permission[]];
  readonly role?: string;
  /** `true`: whichever organisation; a text: the parameter of the route whose value must be the session's organisation. */
  readonly organization?: true | string;
  /** How far back the sign-in may lie, by the `auth_time` claim. A token without that claim is never recent. */
  readonly recentAuth?: { readonly withinSeconds: number };
}

/** `Authenticated` and `Machine` fit. */
export interface RequiredSubject extends PermissionSubject {
  readonly state: "authenticated" | "machine";
  readonly organizationId?: string;
  readonly claims?: { readonly auth_time?: number };
}

export interface Circumstances {
  /** Epoch seconds. */
  readonly now: number;
  /** Value of a parameter of the route; `undefined`: the route has none of that name, and nobody comes in. */
  readonly parameter: (name: string) => string | undefined;
}

/** A clock of the provider that runs ahead of ours. */
const CLOCK_TOLERANCE_SECONDS = 60;

/** What is missing for this person to come in; `null` when nothing is. */
export function missingFor(
  requirement: Requirement,
  subject: RequiredSubject,
  { now, parameter }: Circumstances,
): Missing | null {
  const { permission = [], role, organization, recentAuth } = requirement;
  // First: roles and permissions are those of an organisation, and in the right one there may be nothing else to ask for.
  if (organization !== undefined) {
    const wanted = organization === true ? subject.organizationId : parameter(organization);
    if (wanted === undefined || wanted !== subject.organizationId) return { organization: wanted ?? true };
  }
  const [first, ...others] = (typeof permission === "string" ? [permission] : permission).filter(
    (name) => !hasPermission(subject, name),
  );
  if (first !== undefined) return { permission: others.length === 0 ? first : [first, ...others] };
  if (role !== undefined && !hasRole(subject, role)) return { role };
  // A program has not signed in, whatever its token says.
  const signedInAt = subject.state === "machine" ? undefined : subject.claims?.auth_time;
  if (recentAuth !== undefined && !isRecent(signedInAt, now, recentAuth.withinSeconds)) {
    return { recentAuth: { withinSeconds: recentAuth.withinSeconds } };
  }
  return null;
}

/** Whether somebody who signed in at `signedInAt` (`auth_time`, epoch seconds) did so at most `withinSeconds` ago. */
export function isRecent(signedInAt: number | undefined, now: number, withinSeconds: number): boolean {
  const age = signedInAt === undefined ? Infinity : now - signedInAt;
  return age <= withinSeconds && age >= -CLOCK_TOLERANCE_SECONDS;
}

const CHECKS: Readonly<Record<keyof Requirement, (value: unknown) => string | null>> = {
  permission: (value) => {
    const names: readonly unknown[] = Array.isArray(value) ? value : [value];
    return names.length > 0 && names.every(isText) ? null : "must be the name of a permission, or several.";
  },
  role: (value) => (isText(value) ? null : "must be the name of a role."),
  organization: (value) =>
    value === true || isText(value) ? null : "must be `true`, or the name of a parameter of the route such as `org`.",
  recentAuth: (value) => {
    const { withinSeconds, ...others } = isRecord(value) ? value : {};
    if (Object.keys(others).length > 0) return "takes `withinSeconds` alone.";
    const isFine = typeof withinSeconds === "number" && Number.isFinite(withinSeconds) && withinSeconds > 0;
    return isFine ? null : "must be `{ withinSeconds }` with a number of seconds above 0.";
  },
};

/**
 * Everything wrong with a requirement, which `where` names, in a sentence each: a misspelt requirement would be one that is
 * never asked for.
 */
export function requirementProblems(where: string, requirement: unknown): readonly string[] {
  const names = Object.keys(CHECKS).join(", ");
  if (!isRecord(requirement)) return [`${where} must be an object of ${names}.`];
  const given = Object.entries(requirement).filter(([, value]) => value !== undefined);
  if (given.length === 0) return [`${where} asks for nothing: name at least one of ${names}.`];
  return given.flatMap(([name, value]) => {
    if (!isRequirement(name)) return [`${where} asks for \`${name}\`, which does not exist; there are ${names}.`];
    const problem = CHECKS[name](value);
    return problem === null ? [] : [`\`${name}\` of ${where} ${problem}`];
  });
}

function isRequirement(name: string): name is keyof Requirement {
  return Object.hasOwn(CHECKS, name);
}
