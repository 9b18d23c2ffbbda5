import { isText } from "../base/json.js";
import type { PermissionSubject } from "./permissions.js";
import type { ForwardedVisitor } from "./visitor.js";

/** `typ` of the header (RFC 8725 §3.11): no other token of anybody is taken for one of these. */
export const IDENTITY_TYPE = "edgeseal-identity+jwt";
export const IDENTITY_SECONDS = 60;

/** A person as the gateway saw them. `hasPermission` and its kin take it. */
export interface VerifiedIdentity extends PermissionSubject {
  readonly userId: string;
  readonly sessionId: string;
  readonly organizationId?: string;
  /** Somebody of the provider acts as this person. */
  readonly impersonator?: { readonly email: string };
  readonly role?: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly entitlements: readonly string[];
  readonly featureFlags: readonly string[];
}

/** A program as the gateway saw it. `hasPermission` and `hasRole` take it. */
export interface VerifiedMachine extends PermissionSubject {
  readonly clientId: string;
  readonly organizationId?: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/** What every one says, whoever asks. */
export interface TokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
}

/**
 * The names are those of access tokens. `state` is always there, so that a service can tell somebody who is not signed in
 * from a request that did not come through the gateway.
 */
export function claimsOf(visitor: ForwardedVisitor): Record<string, unknown> {
  if (visitor.state === "machine") {
    const { state, clientId, organizationId, roles, permissions } = visitor;
    // No `sub`: nothing that is signed for a program has the form of what is signed for a person.
    return {
      state,
      client_id: clientId,
      org_id: organizationId,
      roles: listed(roles),
      permissions: listed(permissions),
    };
  }
  if (visitor.state !== "authenticated") return { state: visitor.state };
  const { user, sessionId, organizationId, impersonator, role, roles, permissions, entitlements, featureFlags } =
    visitor;
  return {
    state: visitor.state,
    sub: user.id,
    sid: sessionId,
    org_id: organizationId,
    act: impersonator && { sub: impersonator.email },
    role,
    roles: listed(roles),
    permissions: listed(permissions),
    entitlements: listed(entitlements),
    feature_flags: listed(featureFlags),
  };
}

/** JSON leaves out what is `undefined`: an empty list costs nothing. */
function listed(names: readonly string[]): readonly string[] | undefined {
  return names.length === 0 ? undefined : names;
}

/** `null`: the claims are not what we sign. */
export function readTokenClaims(claims: Record<string, unknown>): TokenClaims | null {
  const { iss, aud, iat, exp, jti } = claims;
  if (!isText(iss) || !isText(aud) || !isText(jti) || !isTime(iat) || !isTime(exp)) return null;
  return exp > iat && exp - iat <= IDENTITY_SECONDS ? { iss, aud, iat, exp, jti } : null;
}

/** Which program asks; `undefined` when the claims are not what we sign for one. */
export function readMachine(claims: Record<string, unknown>): VerifiedMachine | undefined {
  const { state, sub, client_id, org_id } = claims;
  const roles = readList(claims.roles);
  const permissions = readList(claims.permissions);
  if (state !== "machine" || sub !== undefined || !isText(client_id) || !isOptional(org_id)) return undefined;
  if (!roles || !permissions) return undefined;
  const organization = org_id === undefined ? {} : { organizationId: org_id };
  return Object.freeze({ clientId: client_id, ...organization, roles, permissions });
}

/** Who asks; `null` for somebody who is not signed in, `undefined` when the claims are not what we sign. */
export function readIdentity(claims: Record<string, unknown>): VerifiedIdentity | null | undefined {
  const { state, sub, sid, org_id, act, role } = claims;
  if (state === "anonymous" || state === "unavailable") return sub === undefined ? null : undefined;
  if (state !== "authenticated" || !isText(sub) || !isText(sid)) return undefined;
  if (!isOptional(org_id) || !isOptional(role)) return undefined;
  const email = act === undefined ? undefined : Reflect.get(Object(act), "sub");
  const roles = readList(claims.roles);
  const permissions = readList(claims.permissions);
  const entitlements = readList(claims.entitlements);
  const featureFlags = readList(claims.feature_flags);
  if (!roles || !permissions || !entitlements || !featureFlags || (act !== undefined && !isText(email)))
    return undefined;
  return Object.freeze({
    userId: sub,
    sessionId: sid,
    ...(org_id !== undefined && { organizationId: org_id }),
    ...(isText(email) && { impersonator: Object.freeze({ email }) }),
    ...(role !== undefined && { role }),
    roles,
    permissions,
    entitlements,
    featureFlags,
  });
}

function readList(value: unknown): readonly string[] | null {
  if (value === undefined) return Object.freeze([]);
  const isList = Array.isArray(value) && value.length <= 1_000 && value.every((name) => typeof name === "string");
  return isList ? Object.freeze(value) : null;
}

function isOptional(value: unknown): value is string | undefined {
  return value === undefined || isText(value);
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}
