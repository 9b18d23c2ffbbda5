import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createScriptedProvider } from "../../test/scripted-provider.js";
import { cookieOf, signIn, variablesFor } from "../../test/visitors.js";
import { defineAuth } from "./define-auth.js";
import { requireSession } from "./hono-guards.js";
import { authMiddleware } from "./hono-middleware.js";

const provider = createScriptedProvider();
const env = { ...variablesFor(provider), AUTH_KV: bindings.AUTH_KV };
type Env = typeof env;

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => provider.fetch(String(input), init as never));
});
afterEach(() => {
  vi.restoreAllMocks();
  provider.resetCalls();
});

function makeApp() {
  return new Hono<{ Bindings: Env }>()
    .use(authMiddleware(defineAuth((_env: Env) => ({}))))
    .get("/me", requireSession(), (c) => c.text(c.get("auth").user.id))
    .get("/live", requireSession(), () => {
      const { 0: client, 1: server } = new WebSocketPair();
      server.accept();
      server.send("hello");
      return new Response(null, { status: 101, webSocket: client });
    });
}

async function visit(path: string, headers: Record<string, string>, app = makeApp()): Promise<Response> {
  const ctx = createExecutionContext();
  const response = await app.fetch(new Request(`https://app.example${path}`, { headers }), env, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

describe("options that only `withAuth` can keep", () => {
  it.each([{ guards: { "/admin/*": { role: "admin" } } }, { publicPaths: ["/"] }, { identityHeaders: true }] as const)(
    "TH-12 %j is refused instead of being passed over: nobody gets in, and the answer says nothing",
    async (given) => {
      const handler = vi.fn(() => new Response("reached"));
      const app = new Hono<{ Bindings: Env }>()
        .use(authMiddleware(defineAuth((_env: Env) => given)))
        .get("/admin", handler)
        .onError((error, c) => {
          expect(error).toMatchObject({
            code: "config_invalid",
            problems: [expect.stringContaining(`\`${Object.keys(given)[0]}\``)],
          });
          return c.text("broken", 500);
        });
      const { cookie: Cookie } = await signIn(provider, env);
      expect((await visit("/admin", { Cookie }, app as never)).status).toBe(500);
      expect(handler).not.toHaveBeenCalled();
    },
  );
});

describe("Hono on Workers, all from env", () => {
  it("renews through the ledger of ctx.exports: another isolate spends no second refresh token", async () => {
    const { cookie: Cookie } = await signIn(provider, env, { expiresIn: -30 });
    const first = await visit("/me", { Cookie });
    expect([first.status, await first.text(), provider.calls.refresh]).toEqual([200, "user_ada", 1]);
    expect(cookieOf(first.headers.getSetCookie())).toMatch(/^__Host-session=es1\./);
    const late = await visit("/me", { Cookie });
    expect([late.status, provider.calls.refresh]).toEqual([200, 1]);
  });

  it.each([
    ["with a live session", 300],
    ["with a renewed cookie", -30],
  ])("a WebSocket upgrade %s reaches the browser with its socket", async (_what, expiresIn) => {
    const { cookie: Cookie } = await signIn(provider, env, { expiresIn });
    const response = await visit("/live", { Cookie, Upgrade: "websocket", "Sec-Fetch-Site": "same-origin" });
    expect(response.status).toBe(101);
    expect(response.headers.getSetCookie()).toHaveLength(expiresIn > 0 ? 0 : 1);
    const socket = response.webSocket;
    const message = new Promise((resolve) => socket?.addEventListener("message", ({ data }) => resolve(data)));
    socket?.accept();
    expect(await message).toBe("hello");
  });

  it("CS-10 a handshake from another site reaches no socket", async () => {
    const { cookie: Cookie } = await signIn(provider, env);
    const response = await visit("/live", { Cookie, Upgrade: "websocket", Origin: "https://evil.example" });
    expect([response.status, response.webSocket]).toEqual([403, null]);
  });

  it("CF-01 a wrong configuration is an error of the app's, and names no value", async () => {
    const app = makeApp();
    const seen: Error[] = [];
    app.onError((error, c) => {
      seen.push(error);
      return c.text("broken", 500);
    });
    const broken = { ...env, SESSION_KEYS: "canary-7f3a91" };
    const response = await app.fetch(new Request("https://app.example/me"), broken, createExecutionContext());
    expect([response.status, await response.text()]).toEqual([500, "broken"]);
    expect(seen).toEqual([expect.objectContaining({ code: "config_invalid" })]);
    expect(seen[0]?.message).toContain("SESSION_KEYS");
    expect(seen[0]?.message).not.toContain("canary");
  });
});
