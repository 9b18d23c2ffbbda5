import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as bindings, exports } from "cloudflare:workers";
import type { AuditEvent } from "@edgeseal/core";
import { createCors, createCsrf, createOrigins, createRateLimit, createSecurityHeaders } from "@edgeseal/core/policies";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createScriptedProvider } from "../../test/scripted-provider.js";
import { signIn, variablesFor } from "../../test/visitors.js";
import { exactLimiter } from "./exact-limiter.js";
import type { WorkerAuthOptions } from "./options.js";
import { type WrappedHandler, withAuth } from "./with-auth.js";

const provider = createScriptedProvider();
const env = { ...variablesFor(provider), AUTH_KV: bindings.AUTH_KV };
type Env = typeof env;
type WorkerRequest = Parameters<ExportedHandlerFetchHandler<Env>>[0];

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => provider.fetch(String(input), init as never));
});
afterEach(() => {
  vi.restoreAllMocks();
  provider.resetCalls();
});

interface Visit extends RequestInit {
  readonly cookie?: string;
}

async function visit(worker: WrappedHandler<Env>, path: string, { cookie, ...init }: Visit = {}): Promise<Response> {
  const request = new Request(`https://app.example${path}`, init);
  if (cookie !== undefined) request.headers.set("Cookie", cookie);
  const ctx = createExecutionContext();
  // As: a request made by hand has no `cf`.
  const response = await worker.fetch(request as WorkerRequest, env, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

/** A Worker that says what its request looked like. */
const mirror = (options: WorkerAuthOptions) =>
  withAuth<Env, readonly ["/public/*"]>(() => ({ ...options, publicPaths: ["/public/*"] }), {
    async fetch(request) {
      const names = [...request.headers.keys()].filter((name) => name !== "cookie");
      return Response.json({
        headers: Object.fromEntries(names.map((name) => [name, request.headers.get(name)])),
        cookie: request.headers.has("Cookie"),
        body: await request.text(),
      });
    },
  });

const FORGED = {
  "X-Tenant-ID": "org_evil",
  "x-user-id": "user_evil",
  "X-USER-ROLE": "admin",
  X_Tenant_ID: "org_evil",
  "x-tenant_id": "org_evil",
  "X.Tenant.ID": "org_evil",
  "X-User-Email": "root@example.com",
  "Edgeseal-Identity": "eyJ.forged.jwt",
};

describe("identity headers", () => {
  const worker = mirror({ identityHeaders: true });

  it("TH-01 TH-02 what a client sends under our names in any spelling never reaches the handler", async () => {
    const { cookie } = await signIn(provider, env, { organizationId: "org_1", permissions: ["projects:read"] });
    const seen = await (await visit(worker, "/x", { cookie, headers: FORGED })).json();
    expect(seen).toMatchObject({
      headers: { "x-user-id": "user_ada", "x-tenant-id": "org_1", "x-user-permissions": "projects:read" },
    });
    expect(JSON.stringify(seen)).not.toContain("evil");
    expect(JSON.stringify(seen)).not.toContain("forged");
    expect(JSON.stringify(seen)).not.toContain("admin");
  });

  it("TH-01 on a public route a stranger has none of them", async () => {
    const seen = await (await visit(worker, "/public/x", { headers: { ...FORGED, "X-Other": "kept" } })).json();
    expect(seen).toEqual({ headers: { "x-other": "kept" }, cookie: false, body: "" });
  });

  it("the rest of the request is as it was sent", async () => {
    const { cookie } = await signIn(provider, env);
    const seen = await (await visit(worker, "/x", { cookie, method: "POST", body: "hello" })).json();
    expect(seen).toMatchObject({ cookie: true, body: "hello" });
    expect(seen).not.toMatchObject({ headers: { "x-tenant-id": expect.anything() } });
  });

  it("without the option headers are the client's own, and nobody says otherwise", async () => {
    const { cookie } = await signIn(provider, env);
    const seen = await (await visit(mirror({}), "/x", { cookie, headers: { "X-Tenant-ID": "mine" } })).json();
    expect(seen).toMatchObject({ headers: { "x-tenant-id": "mine" } });
  });

  it("TH-14 two tenants in parallel for 10,000 requests: no value of one is ever visible to the other", async () => {
    const tenants = await Promise.all(
      ["a", "b"].map(async (name) => ({
        name,
        ...(await signIn(provider, env, { userId: `user_${name}`, organizationId: `org_${name}` })),
      })),
    );
    const context = createExecutionContext();
    const slow = withAuth<Env>(() => ({ identityHeaders: true }), {
      async fetch(request, _env, _ctx, auth) {
        // The other tenant's request runs at each of these.
        await Promise.resolve();
        const before = request.headers.get("X-Tenant-ID");
        await Promise.resolve();
        return new Response([before, request.headers.get("X-User-ID"), auth.user.id, auth.organizationId].join(" "));
      },
    });
    let strange = 0;
    for (let round = 0; round < 100; round++) {
      const answers = Array.from({ length: 100 }, async (_, index) => {
        const { name, cookie } = tenants[(index * 7 + round) % 2] ?? { name: "", cookie: "" };
        const request = new Request("https://app.example/x", { headers: { Cookie: cookie } });
        const answer = await slow.fetch(request as WorkerRequest, env, context);
        if ((await answer.text()) !== `org_${name} user_${name} user_${name} org_${name}`) strange++;
      });
      await Promise.all(answers);
    }
    expect(strange).toBe(0);
    await waitOnExecutionContext(context);
  });
});

describe("guards of routes", () => {
  it("TH-12 TH-13 say what is missing, and let nobody through who is somebody elsewhere", async () => {
    const worker = mirror({
      guards: { "/orgs/:org/*": { organization: "org" }, "/public/billing/*": { permission: "billing:read" } },
    });
    const { cookie } = await signIn(provider, env, { organizationId: "org_1" });
    const other = await visit(worker, "/orgs/org_2/x", { cookie });
    expect([other.status, await other.json()]).toEqual([
      403,
      { error: "forbidden", missing: { organization: "org_2" } },
    ]);
    expect((await visit(worker, "/orgs/org_1/x", { cookie })).status).toBe(200);
    expect((await visit(worker, "/public/billing/x")).status).toBe(401);
    expect((await visit(worker, "/public/billing/x", { cookie })).status).toBe(403);
    expect((await visit(worker, "/public/x")).status).toBe(200);
  });
});

describe("RL-01 our own routes, where the counter is exported and nobody names rules", () => {
  it("answers the 11th `token` of a minute with 429, and counts each client and each configuration by itself", async () => {
    const worker = mirror({ routePrefix: "/door" });
    const post = (path: string, address: string) =>
      visit(worker, path, {
        method: "POST",
        headers: { "CF-Connecting-IP": address, "Sec-Fetch-Site": "same-origin" },
      });
    const statuses = await Promise.all(
      Array.from({ length: 12 }, async () => (await post("/door/token", "192.0.2.20")).status),
    );
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    expect((await post("/door/token", "192.0.2.21")).status).toBe(400);
    expect((await post("/door/refresh", "192.0.2.20")).status).toBe(401);
  });

  it("leaves the app's routes alone, and gives way to rules of one's own", async () => {
    const own = createRateLimit({
      rules: { "/public/*": { limiter: { limit: async () => ({ success: false }) }, whenDown: "open" } },
    });
    const worker = mirror({ routePrefix: "/own", policies: { rateLimit: own } });
    expect((await visit(worker, "/public/x")).status).toBe(429);
    const calls = Array.from({ length: 12 }, () => visit(worker, "/own/token", { method: "POST" }));
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(12).fill(403));
  });
});

describe("a WebSocket where a CSRF policy stands", () => {
  const worker = mirror({
    policies: { csrf: createCsrf({ origins: createOrigins({ allow: ["https://www.example"] }) }) },
  });

  it.each([
    ["a foreign page, anywhere", "https://evil.example", "/x", 403],
    ["an allowed page, to the app", "https://www.example", "/x", 200],
    ["an allowed page, to our own routes", "https://www.example", "/auth/me", 403],
  ])("CS-10 from %s", async (_, Origin, path, status) => {
    const { cookie } = await signIn(provider, env);
    const answer = await visit(worker, path, { cookie, headers: { Upgrade: "websocket", Origin } });
    expect(answer.status).toBe(status);
    if (status === 403) expect(await answer.json()).toEqual({ error: "csrf" });
  });
});

describe("all policies together", () => {
  const events: AuditEvent[] = [];
  const origins = createOrigins({ allow: ["https://www.example"] });
  const worker = mirror({
    audit: { send: async (event) => events.push(event) },
    identityHeaders: true,
    policies: {
      csrf: createCsrf(),
      cors: createCors({ origins }),
      securityHeaders: createSecurityHeaders(),
      rateLimit: createRateLimit({
        rules: {
          "/auth/token": {
            limiter: exactLimiter(exports.RateLimitObject, { limit: 2, periodSeconds: 60 }),
            whenDown: "closed",
          },
        },
      }),
    },
  });

  it("RL-01 our own route is counted per client, and answers 429 with the standard headers", async () => {
    const ask = (address: string) =>
      visit(worker, "/auth/token", { method: "POST", headers: { "CF-Connecting-IP": address } });
    const statuses = await Promise.all(Array.from({ length: 5 }, async () => (await ask("192.0.2.7")).status));
    expect(statuses.filter((status) => status === 429)).toHaveLength(3);
    const refused = await ask("192.0.2.7");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(refused.headers.get("RateLimit-Policy")).toBe('"/auth/token";q=2;w=60');
    expect((await ask("192.0.2.8")).status).toBe(403);
    expect(events.map(({ type }) => type)).toContain("rate_limited");
  });

  it("CS-06 a call without the header is refused, CS-05 a form of another site, too", async () => {
    const { cookie } = await signIn(provider, env);
    expect((await visit(worker, "/x", { cookie })).status).toBe(403);
    const form = { method: "POST", headers: { "Content-Type": "text/plain", Origin: "https://evil.example" } };
    expect((await visit(worker, "/x", { cookie, ...form })).status).toBe(403);
    expect(events.map(({ type }) => type)).toContain("csrf");
  });

  it("an app's answer carries them all", async () => {
    const { cookie } = await signIn(provider, env);
    const headers = { "X-Requested-With": "fetch", Origin: "https://www.example" };
    const answer = await visit(worker, "/x", { cookie, headers });
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "access-control-allow-origin": "https://www.example",
      "access-control-allow-credentials": "true",
      "cache-control": "private, no-store",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
      "x-content-type-options": "nosniff",
      vary: "Cookie, Origin",
    });
  });
});
