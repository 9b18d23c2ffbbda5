import type { Register } from "../base/register.js";

export type Permission = Register extends { permission: infer P extends string } ? P : string;

/** `Authenticated`, the body of `/auth/me` and verified identities all fit. */
export interface PermissionSubject {
  readonly permissions: readonly string[];
  readonly roles?: readonly string[];
  readonly entitlements?: readonly string[];
  readonly featureFlags?: readonly string[];
}

/** True when the subject has all of them; an empty list asks for nothing and is refused (`false`). */
export function hasPermission(subject: PermissionSubject, required: Permission | readonly Permission[]): boolean {
  const all: readonly string[] = typeof required === "string" ? [required] : required;
  return all.length > 0 && all.every((permission) => subject.permissions.includes(permission));
}

/** True when the subject has at least one of them. */
export function hasAnyPermission(subject: PermissionSubject, required: readonly Permission[]): boolean {
  return required.some((permission) => subject.permissions.includes(permission));
}

export function hasRole(subject: PermissionSubject, role: string): boolean {
  return subject.roles?.includes(role) ?? false;
}

export function hasEntitlement(subject: PermissionSubject, entitlement: string): boolean {
  return subject.entitlements?.includes(entitlement) ?? false;
}

export function hasFeatureFlag(subject: PermissionSubject, flag: string): boolean {
  return subject.featureFlags?.includes(flag) ?? false;
}
