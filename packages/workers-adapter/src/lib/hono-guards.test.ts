import { isAuthError } from "@edgeseal/core";
import { Hono, type MiddlewareHandler } from "hono";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createHonoKit, type HonoKit, type Visit, visit } from "../../test/hono-kit.js";
import type { IssueOptions } from "../../test/scripted-provider.js";
import { requireOrganization, requirePermission, requireRecentAuth, requireSession } from "./hono-guards.js";
import { type AuthVariables, authMiddleware } from "./hono-middleware.js";

const NOW = Math.floor(Date.now() / 1000);

let kit: HonoKit;
let app: Hono<{ Variables: AuthVariables }>;
const handler = vi.fn(() => new Response("reached"));

beforeEach(async () => {
  handler.mockClear();
  kit = await createHonoKit();
  app = new Hono<{ Variables: AuthVariables }>();
  app.use(authMiddleware(kit.auth));
});

async function visitAs(who: IssueOptions, path: string, init: Visit = {}): Promise<Response> {
  const { cookie } = await kit.signIn(who);
  return await visit(app, path, { ...init, cookie });
}

async function expectForbidden(response: Response, missing: object, more: object = {}): Promise<void> {
  expect([response.status, await response.json()]).toEqual([403, { error: "forbidden", missing, ...more }]);
  expect(response.headers.get("Cache-Control")).toBe("private, no-store");
  expect(handler).not.toHaveBeenCalled();
}

describe("a guard that cannot guard", () => {
  const misuses: readonly (readonly [string, () => unknown])[] = [
    ["requirePermission without names", () => requirePermission(...([] as unknown as [string]))],
    ["requirePermission with an empty name", () => requirePermission("projects:read", "")],
    ["requirePermission with no text", () => requirePermission(["projects:read"] as never)],
    ["requireOrganization with an empty parameter", () => requireOrganization({ param: "" })],
    ["TH-12 requireOrganization with a misspelt option", () => requireOrganization({ parameter: "org" } as never)],
    ["requireRecentAuth with 0", () => requireRecentAuth({ withinSeconds: 0 })],
    ["requireRecentAuth with NaN", () => requireRecentAuth({ withinSeconds: Number.NaN })],
    ["requireRecentAuth with a text", () => requireRecentAuth({ withinSeconds: "300" as never })],
    ["TH-12 requireRecentAuth with a misspelt option", () => requireRecentAuth({ within: 300 } as never)],
    ["requireSession that was not called", () => requireSession(...([{}, () => undefined] as unknown as []))],
  ];
  it.each(misuses)("%s is refused at construction", (_what, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });

  it.each([
    ["without authMiddleware in front", new Hono().get("/orgs/:org", requireSession(), handler)],
    ["given to Hono without being called", new Hono().get("/orgs/:org", requireSession as never, handler)],
  ])("a guard %s lets nobody through", async (_what, broken) => {
    const seen: unknown[] = [];
    broken.onError((error, c) => {
      seen.push(error);
      return c.text("broken", 500);
    });
    expect((await visit(broken, "/orgs/org_1")).status).toBe(500);
    expect(seen).toHaveLength(1);
    expect(isAuthError(seen[0], "config_invalid")).toBe(true);
    expect(handler).not.toHaveBeenCalled();
  });

  it("TH-13 a parameter that the route does not have lets nobody through", async () => {
    app.onError((error, c) => c.text(error.message, 500));
    app.get("/orgs/:organization", requireOrganization({ param: "org" }), handler);
    const response = await visitAs({ organizationId: "org_1" }, "/orgs/org_1");
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining("`org`")]);
    expect(handler).not.toHaveBeenCalled();
  });
});

describe("requireSession and what implies it", () => {
  const guards: readonly (readonly [string, MiddlewareHandler])[] = [
    ["requireSession", requireSession()],
    ["requirePermission", requirePermission("projects:read")],
    ["requireOrganization", requireOrganization()],
    ["requireRecentAuth", requireRecentAuth({ withinSeconds: 300 })],
  ];

  it.each(guards)("%s: a program gets 401, a page goes to the login", async (_name, guard) => {
    app.get("/a", guard, handler);
    const program = await visit(app, "/a");
    expect([program.status, await program.json()]).toEqual([
      401,
      { error: "unauthenticated", loginUrl: "/auth/login" },
    ]);
    const page = await visit(app, "/a?b=c", { headers: { "Sec-Fetch-Mode": "navigate" } });
    expect([page.status, page.headers.get("Location")]).toEqual([302, "/auth/login?returnTo=%2Fa%3Fb%3Dc"]);
    expect(handler).not.toHaveBeenCalled();
  });

  it.each(guards)("ID-01 %s: an outage is 503 with Retry-After, and the cookie stays", async (_name, guard) => {
    app.get("/a", guard, handler);
    kit.provider.fail({ status: 503 }, ["refresh"]);
    const response = await visitAs({ expiresIn: -30, organizationId: "org_1", signedInAt: NOW }, "/a");
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []]);
    expect(Number(response.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(handler).not.toHaveBeenCalled();
  });

  it.each(guards)("%s lets in who has all of it", async (_name, guard) => {
    app.get("/a", guard, handler);
    expect((await visitAs({ organizationId: "org_1", signedInAt: NOW }, "/a")).status).toBe(200);
  });
});

describe("requirePermission", () => {
  it("names what is missing, and no more", async () => {
    app.get("/a", requirePermission("projects:read", "projects:write"), handler);
    app.get("/b", requirePermission("projects:write", "projects:delete"), handler);
    await expectForbidden(await visitAs({}, "/a"), { permission: "projects:write" });
    await expectForbidden(await visitAs({}, "/b"), { permission: ["projects:write", "projects:delete"] });
  });

  it("a refusal carries the renewed cookie, once", async () => {
    app.get("/a", requirePermission("projects:write"), handler);
    const response = await visitAs({ expiresIn: -30 }, "/a");
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-session=es1\./)]);
    await expectForbidden(response, { permission: "projects:write" });
  });
});

describe("requireOrganization", () => {
  it.each(["/orgs/org_2", "/orgs/ORG_1", "/orgs/org_1%20", "/orgs/org_10"])(
    "TH-13 the session of org_1 is no ticket for %s",
    async (path) => {
      app.use("/orgs/:org/*", requireOrganization({ param: "org" }));
      app.get("/orgs/:org", requireOrganization({ param: "org" }), handler);
      app.get("/orgs/:org/projects", handler);
      const wanted = decodeURIComponent(path.slice("/orgs/".length));
      await expectForbidden(await visitAs({ organizationId: "org_1" }, path), { organization: wanted });
      await expectForbidden(await visitAs({ organizationId: "org_1" }, `${path}/projects`), { organization: wanted });
    },
  );

  it("TH-13 a session without an organisation belongs to none", async () => {
    app.get("/orgs/:org", requireOrganization({ param: "org" }), handler);
    app.get("/any", requireOrganization(), handler);
    await expectForbidden(await visitAs({}, "/orgs/undefined"), { organization: "undefined" });
    await expectForbidden(await visitAs({}, "/any"), { organization: true });
  });

  it("lets the session of that organisation in, and tells the handler which it is", async () => {
    app.get("/orgs/:org", requireOrganization({ param: "org" }), (c) => {
      const id: string = c.get("auth").organizationId;
      return c.text(id);
    });
    expect(await (await visitAs({ organizationId: "org_1" }, "/orgs/org_1")).text()).toBe("org_1");
  });
});

describe("requireRecentAuth", () => {
  const MISSING = { recentAuth: { withinSeconds: 300 } };
  const AGAIN = { loginUrl: "/auth/login?maxAgeSeconds=300" };

  it.each([
    ["too long ago", 301, 403],
    ["just in time", 300, 200],
    ["by a clock slightly ahead of ours", -60, 200],
    ["in a future that no clock explains", -61, 403],
  ])("a sign-in %s", async (_when, secondsAgo, status) => {
    app.get("/a", requireRecentAuth({ withinSeconds: 300, now: () => NOW }), handler);
    const response = await visitAs({ signedInAt: NOW - secondsAgo }, "/a");
    expect(response.status).toBe(status);
  });

  it("a token that says nothing of the sign-in is never recent", async () => {
    app.get("/a", requireRecentAuth({ withinSeconds: 300 }), handler);
    await expectForbidden(await visitAs({}, "/a"), MISSING, AGAIN);
  });

  it("a page load goes through the sign-in again and comes back", async () => {
    app.get("/a", requireRecentAuth({ withinSeconds: 300, now: () => NOW }), handler);
    const { cookie } = await kit.signIn({ signedInAt: NOW - 301, organizationId: "org_1" });
    const response = await visit(app, "/a?b=1", { cookie, headers: { "Sec-Fetch-Mode": "navigate" } });
    expect([response.status, response.headers.get("Location")]).toEqual([
      302,
      "/auth/login?maxAgeSeconds=300&organizationId=org_1&returnTo=%2Fa%3Fb%3D1",
    ]);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect(handler).not.toHaveBeenCalled();
  });

  it("a refresh is no sign-in", async () => {
    app.get("/a", requireRecentAuth({ withinSeconds: 300 }), handler);
    await expectForbidden(await visitAs({ signedInAt: NOW - 3600, expiresIn: -30 }, "/a"), MISSING, AGAIN);
    expect(kit.provider.calls.refresh).toBe(1);
  });
});

describe("TH-12 guards together", () => {
  const who = { organizationId: "org_1", signedInAt: NOW, permissions: ["projects:delete"] };

  it.each([
    ["all of it", {}, 200],
    ["another organisation", { organizationId: "org_2" }, 403],
    ["no permission", { permissions: [] }, 403],
    ["an old sign-in", { signedInAt: NOW - 3600 }, 403],
  ])("TH-12 with %s: %j", async (_what, difference, status) => {
    app.delete(
      "/orgs/:org",
      requireOrganization({ param: "org" }),
      requirePermission("projects:delete"),
      requireRecentAuth({ withinSeconds: 300 }),
      handler,
    );
    const response = await visitAs({ ...who, ...difference }, "/orgs/org_1", { method: "DELETE" });
    expect(response.status).toBe(status);
    expect(handler).toHaveBeenCalledTimes(status === 200 ? 1 : 0);
  });
});
