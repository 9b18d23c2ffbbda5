import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { identityHeaders, isReserved } from "./identity-headers.js";
import type { ForwardedMachine, ForwardedPerson } from "./visitor.js";

const ada: ForwardedPerson = {
  state: "authenticated",
  user: { id: "user_ada" },
  sessionId: "session_1",
  organizationId: "org_acme",
  role: "admin",
  roles: ["admin"],
  permissions: ["projects:read", "projects:write"],
  entitlements: [],
  featureFlags: [],
};
const robot: ForwardedMachine = {
  state: "machine",
  clientId: "robot",
  organizationId: "org_acme",
  roles: ["worker"],
  permissions: ["jobs:run"],
};
const anonymous = { state: "anonymous" } as const;
const OURS = { "x-user-id": "user_ada", "x-tenant-id": "org_acme", "x-user-role": "admin" };

const shown = (headers: Headers): Record<string, string> => Object.fromEntries(headers);

describe("what comes in", () => {
  test.each(["X-Tenant-ID", "X-User-ID", "X-User-Role", "x-user-permissions", "EDGESEAL-IDENTITY", "X-User-Email"])(
    "TH-01 %s from outside never gets behind us, for nobody",
    (name) => {
      const inbound = new Headers({ [name]: "forged", Accept: "text/plain" });
      for (const visitor of [anonymous, robot, { state: "unavailable" } as const]) {
        expect(shown(identityHeaders(inbound, visitor))).toEqual({ accept: "text/plain" });
      }
      const known = shown(identityHeaders(inbound, ada));
      expect(Object.values(known)).not.toContain("forged");
      expect(known).toMatchObject(OURS);
      expect(inbound.get(name)).toBe("forged");
    },
  );

  test.each([
    "X_Tenant_ID",
    "x-tenant_id",
    "X.Tenant.ID",
    "X_User_Id",
    "x.user-role",
    "Edgeseal_Identity",
    "X~User~ID",
  ])("TH-02 %s is another spelling of one of ours, and goes", (name) => {
    expect(shown(identityHeaders(new Headers({ [name]: "forged" }), anonymous))).toEqual({});
  });

  test.each(["X-Users", "X-Username", "X-Tenancy", "X-Expected-Org", "X-Requested-With", "Edgesealing"])(
    "%s is no name of ours: whole words count",
    (name) => {
      expect(isReserved(name)).toBe(false);
      expect(identityHeaders(new Headers({ [name]: "theirs" }), ada).get(name)).toBe("theirs");
    },
  );

  test("TH-02 no spelling of a reserved name gets through, and no other header is lost", () => {
    const word = fc.constantFrom("x-tenant", "x-user", "x-role", "x-roles", "x-permissions", "edgeseal", "x-edgeseal");
    const tail = fc.stringMatching(/^([-_.][a-z0-9]{1,8}){0,3}$/);
    const separator = fc.constantFrom("-", "_", ".", "~", "!");
    fc.assert(
      fc.property(word, tail, separator, fc.boolean(), (start, end, mark, upper) => {
        const spelling = `${start}${end}`.replaceAll("-", mark);
        const name = upper ? spelling.toUpperCase() : spelling;
        const headers = identityHeaders(new Headers({ [name]: "forged", "X-Trace": "kept" }), ada);
        expect(Object.values(shown(headers))).not.toContain("forged");
        expect(headers.get("X-Trace")).toBe("kept");
      }),
    );
  });
});

test("TH-01 a Connection header that lists one of ours goes with it", () => {
  const inbound = new Headers({ Accept: "a/b" });
  inbound.set("Connection", "close, x_tenant_id");
  expect(shown(identityHeaders(inbound, ada))).toMatchObject({ accept: "a/b", "x-tenant-id": "org_acme" });
  expect(identityHeaders(inbound, ada).has("Connection")).toBe(false);
});

describe("what is set", () => {
  test("what is not known is absent, and never the text undefined", () => {
    const { organizationId: _, role: __, ...bare } = { ...ada, permissions: [] };
    expect(shown(identityHeaders(new Headers(), bare))).toEqual({ "x-user-id": "user_ada" });
  });

  test.each(["user\r\nX-Admin: 1", "user 1", "", "пользователь", "u".repeat(257)])(
    "a user id or tenant that no header carries unchanged (%j) leaves all of them out",
    (id) => {
      expect(shown(identityHeaders(new Headers(), { ...ada, user: { id } }))).toEqual({});
      expect(shown(identityHeaders(new Headers(), { ...ada, organizationId: id }))).toEqual({});
    },
  );

  test("a role or a permission that no header carries unchanged is left out alone", () => {
    const odd = { ...ada, role: "größe", permissions: ["projects:read", "projects write", "ключ", "a,b"] };
    expect(shown(identityHeaders(new Headers(), odd))).toEqual({
      "x-user-id": "user_ada",
      "x-tenant-id": "org_acme",
      "x-user-permissions": "projects:read a,b",
    });
  });

  test("400 permissions are too many for a header: none is named, rather than some", () => {
    const permissions = Array.from({ length: 400 }, (_, at) => `projects:action_${at}`);
    expect(shown(identityHeaders(new Headers(), { ...ada, permissions }))).toEqual(OURS);
  });

  test("who asks, in four headers; cookies stay", () => {
    const headers = identityHeaders(new Headers({ Cookie: "__Host-session=es1.x" }), ada);
    expect(shown(headers)).toEqual({
      ...OURS,
      "x-user-permissions": "projects:read projects:write",
      cookie: "__Host-session=es1.x",
    });
  });
});
