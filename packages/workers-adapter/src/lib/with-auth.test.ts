import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import type { Authenticated, RequestAuth } from "@edgeseal/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createScriptedProvider } from "../../test/scripted-provider.js";
import { cookieOf, signIn, variablesFor } from "../../test/visitors.js";
import { defineAuth } from "./define-auth.js";
import { type WrappedHandler, withAuth } from "./with-auth.js";

const provider = createScriptedProvider();
const variables = variablesFor(provider);
const env = { ...variables, AUTH_KV: bindings.AUTH_KV };
type Env = typeof env;
type WorkerRequest = Parameters<ExportedHandlerFetchHandler<Env>>[0];

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => provider.fetch(String(input), init as never));
});
afterEach(() => {
  vi.restoreAllMocks();
  provider.fail(null);
  provider.resetCalls();
});

/** One request of a Worker's life: answered, and what it left to the background is done. */
async function visit(
  worker: WrappedHandler<Env>,
  path: string,
  init: RequestInit & { readonly cookie?: string } = {},
  ctx: ExecutionContext = createExecutionContext(),
): Promise<Response> {
  const { cookie, ...rest } = init;
  const request = new Request(`https://app.example${path}`, rest);
  if (cookie !== undefined) request.headers.set("Cookie", cookie);
  // As: a request made by hand has no `cf`.
  const response = await worker.fetch(request as WorkerRequest, env, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

const hello = withAuth<Env>({
  fetch: (_request, _env, _ctx, auth) => new Response(`Hello ${auth.user.email ?? auth.user.id}`),
});

describe("a new Worker, all from env", () => {
  it("refuses strangers: a page goes to the login, a program gets 401, the handler does not run", async () => {
    const fetch = vi.fn(() => new Response("secret"));
    const worker = withAuth<Env>({ fetch });
    const page = await visit(worker, "/a?b=c", { headers: { "Sec-Fetch-Mode": "navigate" } });
    expect([page.status, page.headers.get("Location")]).toEqual([302, "/auth/login?returnTo=%2Fa%3Fb%3Dc"]);
    const program = await visit(worker, "/a");
    expect([program.status, await program.json()]).toEqual([
      401,
      { error: "unauthenticated", loginUrl: "/auth/login" },
    ]);
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each(["//a", "/a%2fb", "/a;x"])("TH-06 answers %s with 400", async (path) => {
    const { cookie } = await signIn(provider, env);
    const response = await visit(hello, path, { cookie });
    expect([response.status, await response.json()]).toEqual([400, { error: "ambiguous_path" }]);
  });

  it.each([
    ["TH-04", "x-middleware-subrequest", "middleware:middleware"],
    ["TH-04", "x-workos-session", '{"user":{"id":"user_eve"}}'],
    ["TH-04", "x-session", "user_eve"],
    ["TH-04", "cf-worker", "app.example"],
    ["TH-04", "X-User-ID", "user_eve"],
    ["TH-04", "Edgeseal-Identity", "e30.e30.AAAA"],
    ["TH-05", "X-Original-URL", "/auth/me"],
    ["TH-05", "X-Rewrite-URL", "/auth/me"],
    ["TH-05", "X-Forwarded-Uri", "/auth/me"],
    ["TH-05", "X-Forwarded-Path", "/auth/me"],
    ["TH-05", "X-Forwarded-Host", "localhost"],
    ["TH-07", "User-Agent", "GoogleHC/1.0"],
    ["TH-07", "Authorization", "Bearer skip"],
  ])("%s %s lets nobody in, whatever the query says", async (_id, name, value) => {
    const fetch = vi.fn(() => new Response("secret"));
    const response = await visit(withAuth<Env>({ fetch }), "/?skip_auth=1&health=1", { headers: { [name]: value } });
    expect([response.status, await response.json()]).toEqual([
      401,
      { error: "unauthenticated", loginUrl: "/auth/login" },
    ]);
    expect(response.headers.get("Location")).toBeNull();
    expect(fetch).not.toHaveBeenCalled();
    expect(globalThis.fetch).not.toHaveBeenCalled();
  });

  it("greets who is signed in, and lets no cache keep it", async () => {
    const { cookie } = await signIn(provider, env);
    const response = await visit(hello, "/", { cookie });
    expect([response.status, await response.text()]).toEqual([200, "Hello ada@example.com"]);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect(response.headers.get("Vary")).toBe("Cookie");
  });

  it("renews an expired session through the ledger of ctx.exports; the old cookie adopts it on every isolate", async () => {
    const { cookie } = await signIn(provider, env, { expiresIn: -30 });
    const first = await visit(hello, "/", { cookie });
    expect([first.status, provider.calls.refresh]).toEqual([200, 1]);
    expect(cookieOf(first.headers.getSetCookie())).toMatch(/^__Host-session=es1\./);
    // Another auth shares nothing with the first but the ledger.
    const elsewhere = withAuth<Env>({ fetch: (_request, _env, _ctx, auth) => Response.json(auth) });
    const late = await visit(elsewhere, "/", { cookie });
    expect([late.status, provider.calls.refresh]).toEqual([200, 1]);
  });

  it("mounts our routes", async () => {
    const me = await visit(hello, "/auth/me");
    expect([me.status, await me.json()]).toEqual([200, { state: "anonymous" }]);
    const login = await visit(hello, "/auth/login");
    expect(login.status).toBe(302);
    expect(login.headers.get("Location")).toMatch(/^https:\/\/provider\.example\/user_management\/authorize\?/);
    expect((await visit(hello, "/auth/unknown")).status).toBe(401);
  });

  it("RF-18 another organisation than the tab shows: 409, and the handler does not run", async () => {
    const fetch = vi.fn(() => new Response());
    const worker = withAuth<Env>({ fetch });
    const { cookie } = await signIn(provider, env, { organizationId: "org_2" });
    const response = await visit(worker, "/", { cookie, headers: { "X-Expected-Org": "org_1" } });
    expect([response.status, await response.json()]).toEqual([409, { error: "org_changed" }]);
    expect(fetch).not.toHaveBeenCalled();
  });

  it("RF-29 a handler cannot change its visitor, and the next request sees none of its attempts", async () => {
    const { cookie } = await signIn(provider, env);
    const worker = withAuth<Env>({
      fetch(_request, _env, _ctx, auth) {
        const open = auth as unknown as {
          user: { id: string };
          permissions: string[];
          claims: Record<string, unknown>;
        };
        expect(() => {
          open.user = { id: "user_eve" };
        }).toThrow(TypeError);
        expect(() => {
          open.user.id = "user_eve";
        }).toThrow(TypeError);
        expect(() => open.permissions.push("admin")).toThrow(TypeError);
        expect(() => {
          open.claims.permissions = ["admin"];
        }).toThrow(TypeError);
        return Response.json(auth);
      },
    });
    for (let request = 0; request < 2; request++) {
      const shown = await (await visit(worker, "/", { cookie })).json();
      expect(shown).toMatchObject({ user: { id: "user_ada" }, permissions: ["projects:read"] });
    }
  });
});

describe("public paths", () => {
  const seen: RequestAuth["state"][] = [];
  const worker = withAuth((_env: Env) => ({ publicPaths: ["/", "/assets/*"] }), {
    fetch(_request, _env, _ctx, auth) {
      seen.push(auth.state);
      return new Response(auth.state);
    },
  });

  it("the handler meets all three visitors there, and only the signed-in one elsewhere", async () => {
    const live = await signIn(provider, env);
    const expired = await signIn(provider, env, { expiresIn: -30 });
    expect(await (await visit(worker, "/", { cookie: live.cookie })).text()).toBe("authenticated");
    expect(await (await visit(worker, "/assets/a.css")).text()).toBe("anonymous");
    provider.fail({ status: 503 }, ["refresh"]);
    expect(await (await visit(worker, "/", { cookie: expired.cookie })).text()).toBe("unavailable");
    const elsewhere = await visit(worker, "/private", { cookie: expired.cookie });
    expect([elsewhere.status, elsewhere.headers.getSetCookie()]).toEqual([503, []]);
    expect(seen).toEqual(["authenticated", "anonymous", "unavailable"]);
  });
});

describe("an auth defined elsewhere", () => {
  const authFor = defineAuth((_env: Env) => ({ realm: "preview:pr-12" }));

  it("serves a router of one's own", async () => {
    const worker: WrappedHandler<Env> = {
      async fetch(request, env, ctx) {
        const own = await authFor(env).handler(request, ctx);
        if (own) return own;
        const auth = await authFor(env).validateRequest(request, ctx);
        if (auth.state !== "authenticated") return auth.deny();
        return auth.apply(new Response(auth.user.id));
      },
    };
    const { cookie } = await signIn(provider, env, { realm: "preview:pr-12" });
    expect(await (await visit(worker, "/auth/me")).json()).toEqual({ state: "anonymous" });
    expect((await visit(worker, "/")).status).toBe(401);
    expect(await (await visit(worker, "/", { cookie })).text()).toBe("user_ada");
  });

  it("is taken by withAuth as it is", async () => {
    const worker = withAuth(authFor, { fetch: (_request, _env, _ctx, auth) => new Response(auth.user.id) });
    const { cookie } = await signIn(provider, env, { realm: "preview:pr-12" });
    expect(await (await visit(worker, "/", { cookie })).text()).toBe("user_ada");
  });
});

describe("ST-06 without bindings", () => {
  it("ST-06 four variables are enough: sign-in, validation and refresh work, describe() says what is off", async () => {
    const bare = { ...variables } as Env;
    const plain = { waitUntil: () => undefined } as unknown as ExecutionContext;
    const authFor = defineAuth((_env: Env) => ({}));
    const worker = withAuth(authFor, { fetch: (_request, _env, _ctx, auth) => new Response(auth.user.id) });
    const { cookie } = await signIn(provider, bare, { expiresIn: -30 });
    const ask = (path: string, headers: Record<string, string> = {}) =>
      worker.fetch(new Request(`https://app.example${path}`, { headers }) as WorkerRequest, bare, plain);
    expect((await ask("/", { Cookie: cookie })).status).toBe(200);
    expect((await ask("/auth/login")).status).toBe(302);
    expect((await ask("/auth/me")).status).toBe(200);
    const { missing } = await authFor(bare).describe();
    expect(missing).toEqual([
      expect.stringContaining("No ledger"),
      expect.stringContaining("No key cache"),
      expect.stringContaining("No audit sink"),
    ]);
  });
});

describe("CF-01 a wrong configuration", () => {
  it("CF-01 is a plain 500 without details; the log names every variable once, and no value", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const broken = { ...env, SESSION_KEYS: "canary-7f3a91", WORKOS_API_KEY: "", WORKOS_REDIRECT_URI: "canary-7f3a91" };
    for (let request = 0; request < 3; request++) {
      const url = new Request("https://app.example/") as WorkerRequest;
      const response = await hello.fetch(url, broken, createExecutionContext());
      expect(response.status).toBe(500);
      expect(await response.text()).toBe("This application is not configured correctly. Its log says what to mend.\n");
      expect(response.headers.get("Cache-Control")).toBe("no-store");
    }
    expect(error).toHaveBeenCalledTimes(1);
    const [logged] = error.mock.calls[0] ?? [];
    for (const name of ["SESSION_KEYS", "WORKOS_API_KEY", "WORKOS_REDIRECT_URI"]) expect(logged).toContain(name);
    expect(logged).not.toContain("canary");
  });

  it("CF-01 a handler without fetch is refused when the Worker starts", () => {
    expect(() => withAuth({ scheduled() {} } as never)).toThrow("`fetch`");
    expect(() => withAuth(() => ({}), undefined as never)).toThrow("`fetch`");
  });

  it("throws on what is no matter of configuration: the platform shows it", async () => {
    const worker = withAuth((_env: Env) => Promise.reject(new Error("the store is down")), {
      fetch: () => new Response(),
    });
    await expect(visit(worker, "/")).rejects.toThrow("the store is down");
  });
});

describe("answers pass intact", () => {
  async function answer(
    make: (request: Request, auth: Authenticated) => Response | Promise<Response>,
    init: RequestInit = {},
    expiresIn = 300,
  ): Promise<Response> {
    const { cookie } = await signIn(provider, env, { expiresIn });
    const worker = withAuth<Env>({ fetch: (request, _env, _ctx, auth) => make(request, auth) });
    return visit(worker, "/", { ...init, cookie });
  }

  it("a stream is handed on while it is still being written", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const response = await answer(() => new Response(readable, { headers: { "Content-Type": "text/event-stream" } }));
    const reader = response.body?.getReader();
    void writer.write(new TextEncoder().encode("data: 1\n\n"));
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: 1\n\n");
    void writer.close();
    expect((await reader?.read())?.done).toBe(true);
  });

  it.each([
    ["a redirect", () => Response.redirect("https://elsewhere.example/", 303), 303],
    ["an answer of fetch", () => fetch(`${provider.apiUrl}/sso/jwks/${provider.clientId}`), 200],
    ["no content", () => new Response(null, { status: 204 }), 204],
    ["not modified", () => new Response(null, { status: 304, headers: { ETag: '"a"' } }), 304],
  ])("%s keeps its status and gets the renewed cookie", async (_what, make, status) => {
    const response = await answer(make, {}, -30);
    expect(response.status).toBe(status);
    expect(cookieOf(response.headers.getSetCookie())).toMatch(/^__Host-session=es1\./);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
  });

  it("the app's own cookies stay beside the renewed one, and a public Cache-Control does not", async () => {
    const headers = new Headers({ "Cache-Control": "public, s-maxage=31536000", Vary: "Accept" });
    headers.append("Set-Cookie", "theme=dark");
    headers.append("Set-Cookie", "lang=de");
    const response = await answer(() => new Response("x", { headers }), {}, -30);
    expect(response.headers.getSetCookie().slice(0, 2)).toEqual(["theme=dark", "lang=de"]);
    expect(response.headers.getSetCookie()).toHaveLength(3);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect(response.headers.get("Vary")).toMatch(/Accept.*Cookie/);
  });

  it("HEAD and ranges are the handler's to answer", async () => {
    const partial = await answer(
      (request) =>
        new Response("bc", { status: 206, headers: { "Content-Range": `${request.headers.get("Range")}/4` } }),
      { headers: { Range: "bytes 1-2" } },
    );
    expect([partial.status, partial.headers.get("Content-Range"), await partial.text()]).toEqual([
      206,
      "bytes 1-2/4",
      "bc",
    ]);
    const head = await answer(
      (request) => new Response(null, { headers: { "Content-Length": "7", "X-Method": request.method } }),
      { method: "HEAD" },
    );
    expect([head.headers.get("X-Method"), head.headers.get("Content-Length")]).toEqual(["HEAD", "7"]);
  });

  it.each([
    ["with a live session", 300],
    ["with a renewed cookie", -30],
  ])("a WebSocket upgrade %s reaches the browser with its socket", async (_what, expiresIn) => {
    const response = await answer(
      () => {
        const { 0: client, 1: server } = new WebSocketPair();
        server.accept();
        server.send("hello");
        return new Response(null, { status: 101, webSocket: client });
      },
      { headers: { Upgrade: "websocket", "Sec-Fetch-Site": "same-origin" } },
      expiresIn,
    );
    expect(response.status).toBe(101);
    const socket = response.webSocket;
    const message = new Promise((resolve) => socket?.addEventListener("message", ({ data }) => resolve(data)));
    socket?.accept();
    expect(await message).toBe("hello");
    socket?.close();
    expect(response.headers.getSetCookie()).toHaveLength(expiresIn < 0 ? 1 : 0);
  });

  it("CS-10 a foreign page opens no socket: 403, and the handler does not run", async () => {
    const make = vi.fn(() => new Response());
    const response = await answer(make, { headers: { Upgrade: "websocket", Origin: "https://evil.example" } });
    expect([response.status, await response.json()]).toEqual([403, { error: "csrf" }]);
    expect(make).not.toHaveBeenCalled();
  });

  it("what a handler throws is not swallowed", async () => {
    await expect(
      answer(() => {
        throw new RangeError("a bug of the app");
      }),
    ).rejects.toThrow("a bug of the app");
  });
});

describe("the handler's other entry points", () => {
  it("are kept, with their `this`", async () => {
    class App {
      readonly ran: string[] = [];
      fetch(_request: Request, _env: Env, _ctx: ExecutionContext, auth: Authenticated): Response {
        this.ran.push(auth.state);
        return new Response();
      }
      scheduled(): void {
        this.ran.push("scheduled");
      }
    }
    const app = new App();
    const worker = withAuth<Env>(app);
    await worker.scheduled?.({} as ScheduledController, env, createExecutionContext());
    const { cookie } = await signIn(provider, env);
    await visit(worker, "/", { cookie });
    expect(app.ran).toEqual(["scheduled", "authenticated"]);
    expect(Object.keys(worker).sort()).toEqual(["fetch", "ran", "scheduled"]);
  });
});
