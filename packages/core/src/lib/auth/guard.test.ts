import { describe, expect, it } from "vitest";
import type { AuditFact } from "../base/ports.js";
import { anonymous, authenticated } from "../session/answers.js";
import type { RequestAuth } from "../session/request-auth.js";
import { createGuard, type GuardOptions } from "./guard.js";
import { createMeet, meet } from "./meet.js";

const SESSION = {
  accessToken: "a.b.c",
  sessionId: "s",
  user: { id: "user_ada" },
  createdAt: 1,
  expiresAt: 2_000_000_000,
  endsAt: 2_000_000_000,
  generation: 1,
};
const CLAIMS = { iss: "i", sub: "user_ada", exp: 2_000_000_000, iat: 1 };

interface Stage {
  readonly events: AuditFact[];
  /** How often each part of the auth was asked. */
  readonly asked: { handler: number; validate: number };
  admit(request: Request): Promise<Response | RequestAuth>;
}

/** An auth whose visitor is known: what is looked at is the order and the walls in front of it. */
function stage(visitorOf: (request: Request) => RequestAuth, options: GuardOptions = {}): Stage {
  const events: AuditFact[] = [];
  const asked = { handler: 0, validate: 0 };
  const meeting = createMeet({
    emit: (event) => events.push(event),
    async handler(request) {
      asked.handler++;
      return new URL(request.url).pathname === "/auth/me" ? new Response("own route") : null;
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

const context = (request: Request, cookies: readonly string[] = []) => ({
  request,
  loginPath: "/auth/login",
  cookies,
  sessionRead: true,
});
const nobody = (request: Request) => anonymous(context(request), "no_credential");
const ada = (request: Request) =>
  authenticated(context(request, ["__Host-session=renewed"]), {
    session: { ...SESSION, organizationId: "org_1" },
    claims: CLAIMS,
    refreshed: true,
    degraded: false,
  });
const loner = (request: Request) =>
  authenticated(context(request), { session: SESSION, claims: CLAIMS, refreshed: false, degraded: false });

/** Not normalised by us: what a client put on the wire, as far as `URL` leaves it. */
const get = (path: string, headers: Record<string, string> = {}) =>
  new Request(`https://app.example${path}`, { headers });

async function expectRefusal(answer: Response | RequestAuth, status: number, error: string): Promise<void> {
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
