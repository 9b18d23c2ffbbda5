import { describe, expect, it } from "vitest";
import { answerContext, SESSION, SESSION_CLAIMS } from "../../../test/visitor.js";
import type { AuditFact } from "../base/ports.js";
import type { Machine, RequestAuth } from "../session/request-auth.js";
import { anonymous, authenticated } from "../session/visitor-states.js";
import type { AccessTokenClaims } from "../token/claims.js";
import { createGate } from "./gate.js";
import { createGuard, type GuardOptions } from "./guard.js";
import { createMeet, meet } from "./meet.js";

interface Stage {
  readonly events: AuditFact[];
  /** How often each part of the auth was asked. */
  readonly asked: { handler: number; validate: number };
  admit(request: Request): Promise<Response | RequestAuth | Machine>;
}

/** An auth whose visitor is known: what is looked at is the order and the walls in front of it. */
function stage(visitorOf: (request: Request) => RequestAuth | Machine, options: GuardOptions = {}): Stage {
  const events: AuditFact[] = [];
  const asked = { handler: 0, validate: 0 };
  const emit = (event: AuditFact) => events.push(event);
  const meeting = createMeet({
    emit,
    gate: createGate({
      policies: {},
      cookieNames: ["__Host-session"],
      emit,
      routePrefix: "/auth",
      clientAddress: () => "",
    }),
    async answerOwn(_request, path) {
      asked.handler++;
      return path === "/auth/me" ? new Response("own route") : null;
    },
    async validateRequest(request) {
      asked.validate++;
      return visitorOf(request);
    },
  });
  const guard = createGuard(options);
  return {
    events,
    asked,
    async admit(request) {
      const admission = await guard.admit({ [meet]: meeting }, request);
      return "answer" in admission ? admission.answer : admission.visitor;
    },
  };
}

const nobody = (request: Request) => anonymous(answerContext(request), "no_credential");
const ada = (request: Request) =>
  authenticated(answerContext(request, ["__Host-session=renewed"]), {
    session: { ...SESSION, organizationId: "org_1" },
    claims: SESSION_CLAIMS,
    refreshed: true,
    degraded: false,
  });
const loner = (request: Request) =>
  authenticated(answerContext(request), {
    session: SESSION,
    claims: SESSION_CLAIMS,
    refreshed: false,
    degraded: false,
  });

/** Not normalised by us: what a client put on the wire, as far as `URL` leaves it. */
const get = (path: string, headers: Record<string, string> = {}) =>
  new Request(`https://app.example${path}`, { headers });

async function expectRefusal(answer: Response | RequestAuth | Machine, status: number, error: string): Promise<void> {
  if (!(answer instanceof Response)) throw new Error(`let in: ${answer.state}`);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ error });
  expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
}

describe("TH-06 nobody gets around a guarded path", () => {
  const PUBLIC = { publicPaths: ["/health", "/assets/*"] } as const;

  it.each([
    "/admin",
    "/ADMIN",
    "/admin/",
    "/%61dmin",
    "/x/../admin",
    "/assets/../admin",
    "/assets/%2e%2e/admin",
    "/health/x",
    "/HEALTH",
    "/assets",
    "/?/health",
    "/admin?path=/health",
  ])("TH-06 %s needs a session", async (path) => {
    const { admit } = stage(nobody, PUBLIC);
    await expectRefusal(await admit(get(path)), 401, "unauthenticated");
  });

  it.each([
    "//admin",
    "//health",
    "/health%2f",
    "/assets/..%2fadmin",
    "/assets/%5c..%5cadmin",
    "/admin;x",
    "/health;x",
    "/health%00",
    "/assets%2f..%2fadmin",
    "/%2561dmin",
    "/health%zz",
  ])("TH-06 %s is ambiguous: 400, and neither a route nor a session is looked at", async (path) => {
    const { admit, asked, events } = stage(ada, PUBLIC);
    await expectRefusal(await admit(get(path)), 400, "ambiguous_path");
    expect(asked).toEqual({ handler: 0, validate: 0 });
    expect(events.map(({ type }) => type)).toEqual(["ambiguous_path"]);
  });

  it.each(["/health", "/health/", "/%68ealth", "/health?x=1", "/assets/a.css", "/assets/x/../a.css"])(
    "TH-06 %s is public",
    async (path) => {
      const { admit } = stage(nobody, PUBLIC);
      expect(await admit(get(path))).toMatchObject({ state: "anonymous" });
    },
  );

  it("lets ambiguous paths pass where nothing is guarded", async () => {
    const { admit } = stage(nobody, { publicPaths: ["/*"] });
    expect(await admit(get("/a%2fb"))).toMatchObject({ state: "anonymous" });
  });

  it.each(["/health", null, { 0: "/health" }])("CF-01 refuses %j as a list of public paths", (publicPaths) => {
    expect(() => createGuard({ publicPaths: publicPaths as never })).toThrow(
      expect.objectContaining({ code: "config_invalid", problems: [expect.stringContaining("publicPaths")] }),
    );
  });

  it("refuses public paths that could never match, all at once", () => {
    expect(() => createGuard({ publicPaths: ["health", "/a/*/b", "/ok", "//*"] })).toThrow(
      expect.objectContaining({
        code: "config_invalid",
        problems: [expect.any(String), expect.any(String), expect.any(String)],
      }),
    );
  });
});

describe("guards of routes", () => {
  const GUARDS: GuardOptions = {
    publicPaths: ["/health", "/admin/help", "/orgs/*"],
    guards: {
      "/admin/*": { role: "admin", recentAuth: { withinSeconds: 300 } },
      "/orgs/:org/*": { organization: "org" },
      "/orgs/:org/billing": { permission: "billing:read" },
    },
    now: () => 1_000,
  };
  const person =
    (claims: Partial<AccessTokenClaims>, organizationId = "org_1") =>
    (request: Request) =>
      authenticated(answerContext(request), {
        session: { ...SESSION, organizationId },
        claims: { ...SESSION_CLAIMS, ...claims },
        refreshed: false,
        degraded: false,
      });

  async function expectMissing(answer: Response | RequestAuth | Machine, missing: object): Promise<void> {
    if (!(answer instanceof Response)) throw new Error(`let in: ${answer.state}`);
    expect([answer.status, await answer.json()]).toEqual([403, { error: "forbidden", missing }]);
  }

  it.each([
    "/admin",
    "/ADMIN/users",
    "/%61dmin/users",
    "/Admin/",
    "/admin/help",
    // Whoever decodes before they parse sees `/admin?` and `/admin#`.
    "/admin%3Fx",
    "/ADMIN%3fa/b",
    "/admin%23",
    "/admin/%3F",
  ])("TH-06 %s is guarded, whichever way it is written", async (path) => {
    await expectMissing(await stage(person({}), GUARDS).admit(get(path)), { role: "admin" });
    await expectRefusal(await stage(nobody, GUARDS).admit(get(path)), 401, "unauthenticated");
  });

  it.each(["/admin%2fusers", "/admin;x", "//admin", "/x/../admin"])(
    "TH-06 no ambiguous path gets around a guard where everything else is public: %s",
    async (path) => {
      const { admit, asked } = stage(person({}), { publicPaths: ["/*"], guards: { "/admin/*": { role: "admin" } } });
      const request = { url: `https://app.example${path}`, method: "GET", headers: new Headers() } as Request;
      await expectRefusal(await admit(request), 400, "ambiguous_path");
      expect(asked).toEqual({ handler: 0, validate: 0 });
    },
  );

  it("TH-12 all that is asked for must hold", async () => {
    const half = stage(person({ role: "admin", auth_time: 600 }), GUARDS);
    const old = await half.admit(get("/admin"));
    expect(old instanceof Response && [old.status, await old.json()]).toEqual([
      403,
      {
        error: "forbidden",
        missing: { recentAuth: { withinSeconds: 300 } },
        loginUrl: "/auth/login?maxAgeSeconds=300&organizationId=org_1",
      },
    ]);
    expect(await stage(person({ role: "admin", auth_time: 800 }), GUARDS).admit(get("/admin"))).toMatchObject({
      state: "authenticated",
    });
  });

  it("TH-12 every guard whose route covers the path must be satisfied", async () => {
    const { admit } = stage(person({}), GUARDS);
    await expectMissing(await admit(get("/orgs/org_1/billing")), { permission: "billing:read" });
    const other = stage(person({ permissions: ["billing:read"] }, "org_2"), GUARDS);
    await expectMissing(await other.admit(get("/orgs/org_1/billing")), { organization: "org_1" });
  });

  it("asks for the organisation first, because roles and permissions are those of an organisation", async () => {
    const requirement = { permission: "billing:read", role: "admin", organization: "org" } as const;
    const { admit } = stage(person({}), { guards: { "/orgs/:org": requirement } });
    await expectMissing(await admit(get("/orgs/org_2")), { organization: "org_2" });
    await expectMissing(await admit(get("/orgs/org_1")), { permission: "billing:read" });
  });

  it("TH-13 a session of one organisation does not open the routes of another", async () => {
    const { admit } = stage(person({}), GUARDS);
    await expectMissing(await admit(get("/orgs/org_2/projects")), { organization: "org_2" });
    await expectMissing(await admit(get("/orgs/ORG_1")), { organization: "ORG_1" });
    await expectMissing(await admit(get("/orgs/org_1%3Fx")), { organization: "org_1?x" });
    await expectMissing(await admit(get("/orgs/org_2%3F/projects")), { organization: "org_2?" });
    expect(await admit(get("/orgs/org_1/projects"))).toMatchObject({ state: "authenticated" });
  });

  it("leaves what no guard covers to the public paths", async () => {
    expect(await stage(nobody, GUARDS).admit(get("/health"))).toMatchObject({ state: "anonymous" });
    expect(await stage(nobody, GUARDS).admit(get("/orgs"))).toBeInstanceOf(Response);
  });

  it("TH-12 CF-01 refuses requirements that do not exist, and routes that could not match, all at once", () => {
    const guards = {
      "/a": { permision: "x" },
      "/b": {},
      "/c": { permission: [] },
      "/d/:org": { organization: "organisation" },
      "/e": { recentAuth: { within: 5 } },
      "/f": { role: "" },
      g: { role: "admin" },
      "/h/:x-y": { role: "admin" },
      "/i/:x/:x": { role: "admin" },
      "/j": null,
    };
    expect(() => createGuard({ guards: guards as never })).toThrow(
      expect.objectContaining({
        code: "config_invalid",
        problems: [
          expect.stringMatching(/"\/a" asks for `permision`/),
          expect.stringMatching(/"\/b" asks for nothing/),
          expect.stringMatching(/`permission` of the guard of "\/c"/),
          expect.stringMatching(/"\/d\/:org" has no parameter `:organisation`/),
          expect.stringMatching(/`recentAuth` of the guard of "\/e"/),
          expect.stringMatching(/`role` of the guard of "\/f"/),
          expect.stringMatching(/route "g" never matches/),
          expect.stringMatching(/"\/h\/:x-y" has a parameter that is no name/),
          expect.stringMatching(/"\/i\/:x\/:x" has a parameter that is no name/),
          expect.stringMatching(/"\/j" must be an object/),
        ],
      }),
    );
    expect(() => createGuard({ guards: [] as never })).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });
});

describe("headers decide nothing", () => {
  it.each([
    ["TH-04", "x-middleware-subrequest", "middleware"],
    ["TH-04", "x-workos-session", "{}"],
    ["TH-04", "x-session", "1"],
    ["TH-04", "cf-worker", "app.example"],
    ["TH-05", "X-Forwarded-Uri", "/health"],
    ["TH-05", "X-Forwarded-Path", "/health"],
    ["TH-05", "X-Forwarded-Host", "localhost"],
    ["TH-05", "X-Original-URL", "/health"],
    ["TH-05", "X-Rewrite-URL", "/health"],
    ["TH-07", "User-Agent", "kube-probe/1.30 GoogleHC/1.0 ELB-HealthChecker/2.0"],
    ["TH-07", "Authorization", "none"],
  ])("%s %s opens no guarded path", async (_id, name, value) => {
    const { admit } = stage(nobody, { publicPaths: ["/health"] });
    await expectRefusal(await admit(get("/admin?skip_auth=true", { [name]: value })), 401, "unauthenticated");
  });
});

describe("RF-18 X-Expected-Org", () => {
  it("RF-18 another organisation is 409 before the handler, and the renewed cookie goes along", async () => {
    const { admit, events } = stage(ada);
    const answer = await admit(get("/", { "X-Expected-Org": "org_2" }));
    await expectRefusal(answer, 409, "org_changed");
    expect((answer as Response).headers.getSetCookie()).toEqual(["__Host-session=renewed"]);
    expect(events.map(({ type }) => type)).toEqual(["org_changed"]);
  });

  it("RF-18 a session without an organisation is not the one that was expected", async () => {
    const { admit } = stage(loner);
    await expectRefusal(await admit(get("/", { "X-Expected-Org": "org_1" })), 409, "org_changed");
  });

  it("the same organisation passes", async () => {
    const { admit } = stage(ada);
    expect(await admit(get("/", { "X-Expected-Org": "org_1" }))).toMatchObject({ state: "authenticated" });
  });
});

describe("admit", () => {
  it("answers our own routes without asking who it is", async () => {
    const { admit, asked } = stage(nobody);
    expect(await admit(get("/auth/me"))).toBeInstanceOf(Response);
    expect(asked).toEqual({ handler: 1, validate: 0 });
  });

  it("sends a person without a session to the login, and a program 401", async () => {
    const { admit } = stage(nobody);
    const page = await admit(get("/a?b=c", { "Sec-Fetch-Mode": "navigate" }));
    if (!(page instanceof Response)) throw new Error("let in");
    expect([page.status, page.headers.get("Location")]).toEqual([302, "/auth/login?returnTo=%2Fa%3Fb%3Dc"]);
    await expectRefusal(await admit(get("/a?b=c")), 401, "unauthenticated");
  });
});
