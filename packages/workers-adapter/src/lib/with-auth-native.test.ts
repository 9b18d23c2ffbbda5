import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { parseSessionKeys, sealSession } from "@edgeseal/core";
import { nativeClients } from "@edgeseal/core/native";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { visit as visitApp } from "../../test/hono-kit.js";
import { createScriptedProvider } from "../../test/scripted-provider.js";
import { signIn, variablesFor } from "../../test/visitors.js";
import { defineAuth } from "./define-auth.js";
import { requireSession } from "./hono-guards.js";
import { type AuthVariables, authMiddleware } from "./hono-middleware.js";
import { type WrappedHandler, withAuth } from "./with-auth.js";

const provider = createScriptedProvider();
const env = variablesFor(provider);
type Env = typeof env;

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => provider.fetch(String(input), init as never));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const clients = nativeClients({ redirectUris: ["http://127.0.0.1/callback"] });

/** What a program is given at `/auth/handoff`. */
async function programOf(): Promise<{ readonly Authorization: string; readonly cookie: string }> {
  const { session, cookie } = await signIn(provider, env);
  const keyring = parseSessionKeys(env.SESSION_KEYS);
  return {
    Authorization: `Bearer ${await sealSession(session, keyring, { cookieName: "header:authorization" })}`,
    cookie,
  };
}

async function visit(worker: WrappedHandler<Env>, path: string, init: RequestInit): Promise<Response> {
  const ctx = createExecutionContext();
  // As: a request made by hand has no `cf`.
  const headers = { "User-Agent": "cli/1.0", ...init.headers };
  const request = new Request(`https://app.example${path}`, { ...init, headers } as never) as Parameters<
    typeof worker.fetch
  >[0];
  const response = await worker.fetch(request, env, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

describe("a Worker with programs of people's own", () => {
  const worker = withAuth((_of: Env) => ({ nativeClients: clients, guards: { "/admin/*": { role: "owner" } } }), {
    fetch: (_request, _env, _ctx, auth) => Response.json({ user: auth.user.id }),
  });

  it("lets a session in by header, beside no cookie", async () => {
    const { Authorization, cookie } = await programOf();
    const headers = { Authorization };
    const answer = await visit(worker, "/x", { headers });
    expect([answer.status, await answer.json()]).toEqual([200, { user: "user_ada" }]);
    expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
    expect((await visit(worker, "/x", { headers: { Cookie: cookie } })).status).toBe(200);
    const both = await visit(worker, "/x", { headers: { ...headers, Cookie: cookie } });
    expect([both.status, both.headers.get("WWW-Authenticate")]).toEqual([401, 'Bearer error="invalid_request"']);
    const forbidden = await visit(worker, "/admin/x", { headers });
    expect(forbidden.status).toBe(403);
  });

  it("answers our routes by header without a page's word, and the hand-off to programs", async () => {
    const { Authorization } = await programOf();
    const out = await visit(worker, "/auth/logout", { method: "POST", headers: { Authorization } });
    expect([out.status, out.headers.getSetCookie()]).toEqual([200, []]);
    const handOff = await visit(worker, "/auth/handoff?redirectUri=https://evil.example", {});
    expect([handOff.status, await handOff.json()]).toEqual([400, { error: "handoff_rejected" }]);
  });

  it("is off without the option", async () => {
    const plain = withAuth({ fetch: () => new Response("in") });
    expect((await visit(plain as never, "/auth/handoff", {})).status).toBe(404);
    const { Authorization } = await programOf();
    expect((await visit(plain as never, "/x", { headers: { Authorization } })).status).toBe(401);
  });
});

describe("a Hono app", () => {
  it("knows them by the same guards", async () => {
    const app = new Hono<{ Bindings: Env; Variables: AuthVariables }>();
    const authFor = defineAuth((_of: Env) => ({ nativeClients: clients }));
    app.use(authMiddleware(authFor(env)));
    app.get("/session", requireSession(), (c) => c.text(c.get("auth").user.id));
    const { Authorization } = await programOf();
    expect(await (await visitApp(app as never, "/session", { headers: { Authorization } })).text()).toBe("user_ada");
  });
});
