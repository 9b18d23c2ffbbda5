import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasAnyPermission, hasEntitlement, hasFeatureFlag, hasPermission, hasRole } from "./permissions.js";

const subject = {
  permissions: ["projects:read", "projects:write"],
  roles: ["member"],
  entitlements: ["audit-log"],
  featureFlags: ["new-nav"],
};

describe("permissions", () => {
  test("asking for nothing grants nothing", () => {
    expect(hasPermission(subject, [])).toBe(false);
    expect(hasAnyPermission(subject, [])).toBe(false);
  });

  test("a permission is a whole name: no prefix, no other case, no wildcard", () => {
    for (const near of ["projects", "projects:", "projects:rea", "PROJECTS:READ", "projects:*", "*", "", "__proto__"]) {
      expect(hasPermission(subject, near)).toBe(false);
      expect(hasAnyPermission(subject, [near])).toBe(false);
    }
  });

  test("all of several must be there; any of several is enough for the other question", () => {
    expect(hasPermission(subject, ["projects:read", "projects:write"])).toBe(true);
    expect(hasPermission(subject, ["projects:read", "billing:read"])).toBe(false);
    expect(hasAnyPermission(subject, ["billing:read", "projects:read"])).toBe(true);
    expect(hasAnyPermission(subject, ["billing:read"])).toBe(false);
  });

  test("what a subject does not list it does not have", () => {
    const bare = { permissions: [] };
    expect(hasRole(bare, "member")).toBe(false);
    expect(hasEntitlement(bare, "audit-log")).toBe(false);
    expect(hasFeatureFlag(bare, "new-nav")).toBe(false);
  });

  test("roles, entitlements and feature flags are looked up in their own lists only", () => {
    expect(hasRole(subject, "member")).toBe(true);
    expect(hasEntitlement(subject, "audit-log")).toBe(true);
    expect(hasFeatureFlag(subject, "new-nav")).toBe(true);
    expect(hasRole(subject, "audit-log")).toBe(false);
    expect(hasEntitlement(subject, "new-nav")).toBe(false);
    expect(hasFeatureFlag(subject, "member")).toBe(false);
    expect(hasPermission(subject, "member")).toBe(false);
  });

  test("all implies any, for every list", () => {
    const names = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });
    fc.assert(
      fc.property(names, names, (permissions, required) => {
        const all = hasPermission({ permissions }, required);
        expect(all).toBe(required.length > 0 && required.every((name) => permissions.includes(name)));
        if (all) expect(hasAnyPermission({ permissions }, required)).toBe(true);
      }),
    );
  });
});
