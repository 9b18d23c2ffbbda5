import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createHonoKit, type HonoKit, visit } from "../../test/hono-kit.js";
import { cookieOf } from "../../test/visitors.js";
import { requireSession } from "./hono-guards.js";
import { type AuthVariables, authMiddleware } from "./hono-middleware.js";

let kit: HonoKit;
let app: Hono<{ Variables: AuthVariables }>;

beforeEach(async () => {
  kit = await createHonoKit();
  app = new Hono<{ Variables: AuthVariables }>();
  app.use(authMiddleware(kit.auth));
});

/** A session whose token has ended: the answer must bring a new cookie, exactly one. */
async function signedInAndDue(): Promise<{ readonly cookie: string }> {
  return await kit.signIn({ expiresIn: -30 });
}

function expectRenewed(response: Response): void {
  expect(response.headers.getSetCookie().filter((line) => line.startsWith("__Host-session="))).toHaveLength(1);
  expect(cookieOf(response.headers.getSetCookie())).toMatch(/^__Host-session=es1\./);
  expect(response.headers.get("Cache-Control")).toBe("private, no-store");
  expect(response.headers.get("Vary")?.toLowerCase()).toContain("cookie");
}

describe("walls before any handler", () => {
  const handler = vi.fn(() => new Response("reached"));
  beforeEach(() => {
    handler.mockClear();
    app.all("*", handler);
  });

  it.each(["//admin", "/a%2fb", "/admin;x", "/%2561dmin"])("TH-06 %s: 400, one event, no handler", async (path) => {
    const { cookie } = await kit.signIn();
    const response = await visit(app, path, { cookie });
    expect([response.status, await response.json()]).toEqual([400, { error: "ambiguous_path" }]);
    expect(handler).not.toHaveBeenCalled();
    expect(kit.events.map(({ type }) => type)).toEqual(["ambiguous_path"]);
  });

  it("RF-18 another organisation than the tab shows: 409, one event, no handler, and the renewed cookie", async () => {
    const { cookie } = await kit.signIn({ organizationId: "org_2", expiresIn: -30 });
    const response = await visit(app, "/", { cookie, headers: { "X-Expected-Org": "org_1" } });
    expect([response.status, await response.json()]).toEqual([409, { error: "org_changed" }]);
    expect(handler).not.toHaveBeenCalled();
    expect(kit.events.filter(({ type }) => type === "org_changed")).toHaveLength(1);
    expectRenewed(response);
  });

  it("CS-10 a WebSocket from another site with our cookie: 403, one event, no handler", async () => {
    const { cookie } = await kit.signIn();
    const headers = { Upgrade: "websocket", Origin: "https://evil.example" };
    const response = await visit(app, "/live", { cookie, headers });
    expect([response.status, await response.json()]).toEqual([403, { error: "csrf" }]);
    expect(handler).not.toHaveBeenCalled();
    expect(kit.events.map(({ type }) => type)).toEqual(["csrf"]);
  });

  it("mounts our routes in front of the app's", async () => {
    const me = await visit(app, "/auth/me");
    expect([me.status, await me.json()]).toEqual([200, { state: "anonymous" }]);
    expect((await visit(app, "/auth/login")).status).toBe(302);
    expect(handler).not.toHaveBeenCalled();
    expect(await (await visit(app, "/auth/unknown")).text()).toBe("reached");
  });
});

describe("every response is finished, once", () => {
  it.each([
    ["an error of the handler", 500, new Error("broken")],
    ["an HTTPException", 418, new HTTPException(418, { message: "teapot" })],
    [
      "an HTTPException with a response of its own",
      409,
      new HTTPException(409, { res: new Response("own", { status: 409, headers: { "Set-Cookie": "a=b" } }) }),
    ],
  ])("%s keeps the renewed cookie", async (_what, status, error) => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    app.get("/", () => {
      throw error;
    });
    const response = await visit(app, "/", await signedInAndDue());
    expect(response.status).toBe(status);
    expectRenewed(response);
    vi.restoreAllMocks();
  });

  it("so does what onError, notFound and middleware in between answer", async () => {
    app.onError((_error, c) => c.json({ error: "ours" }, 500));
    app.notFound((c) => c.json({ error: "nowhere" }, 404));
    app.get("/broken", () => {
      throw new Error("broken");
    });
    app.use("/replaced", async (c, next) => {
      await next();
      c.res = new Response("another answer", { status: 202 });
    });
    app.get("/replaced", (c) => c.text("lost"));
    for (const [path, status] of [
      ["/broken", 500],
      ["/elsewhere", 404],
      ["/replaced", 202],
    ] as const) {
      const response = await visit(app, path, await signedInAndDue());
      expect(response.status).toBe(status);
      expectRenewed(response);
    }
  });

  it("middleware around us that fails or sets headers does not lose it either", async () => {
    const around = new Hono<{ Variables: AuthVariables }>();
    around.use(async (c, next) => {
      c.res.headers.set("Access-Control-Allow-Origin", "https://page.example");
      c.res.headers.set("Vary", "Origin");
      c.res.headers.set("Cache-Control", "public, max-age=600");
      c.header("Set-Cookie", "visit=1", { append: true });
      await next();
      if (c.req.path === "/late") throw new Error("late");
    });
    around.use(authMiddleware(kit.auth));
    around.get("/private", requireSession(), (c) => c.text("hello"));
    around.get("/late", (c) => c.text("hello"));
    around.onError((_error, c) => c.text("mended", 500));

    for (const [path, status] of [
      ["/private", 200],
      ["/late", 500],
    ] as const) {
      const response = await visit(around, path, await signedInAndDue());
      expect(response.status).toBe(status);
      expectRenewed(response);
      expect(response.headers.get("Vary")?.toLowerCase()).toContain("origin");
      expect(response.headers.getSetCookie()[0]).toBe("visit=1");
    }

    const login = await visit(around, "/auth/login");
    const names = login.headers.getSetCookie().map((line) => line.split("=")[0]);
    expect(names).toEqual([expect.stringContaining("flow"), "visit"]);
    expect(login.headers.get("Cache-Control")).toBe("private, no-store");
    expect(login.headers.get("Access-Control-Allow-Origin")).toBe("https://page.example");

    const refused = await visit(around, "/private");
    expect([refused.status, refused.headers.get("Cache-Control")]).toEqual([401, "private, no-store"]);
    expect(refused.headers.get("Access-Control-Allow-Origin")).toBe("https://page.example");
  });

  it("a handler that answers with deny() or apply() itself sets the cookie once", async () => {
    app.get("/denied", (c) => {
      const auth = c.get("auth");
      return auth.state === "authenticated" ? auth.deny({ permission: "projects:write" }) : auth.deny();
    });
    app.get("/applied", (c) => c.get("auth").apply(new Response("x")));
    expectRenewed(await visit(app, "/denied", await signedInAndDue()));
    expectRenewed(await visit(app, "/applied", await signedInAndDue()));
  });

  it("a handler that signs the person out is not undone by the cookie renewed at the beginning", async () => {
    app.post("/bye", (c) => kit.auth.logout(c.req.raw));
    const { cookie } = await signedInAndDue();
    const response = await visit(app, "/bye", {
      cookie,
      method: "POST",
      headers: { "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json" },
    });
    const lines = response.headers.getSetCookie().filter((line) => line.startsWith("__Host-session="));
    expect(lines).toEqual([expect.stringContaining("Max-Age=0")]);
  });

  it("mounted twice, it validates and finishes once over", async () => {
    app.use("/api/*", authMiddleware(kit.auth));
    app.get("/api/x", requireSession(), (c) => c.text(c.get("auth").user.id));
    const response = await visit(app, "/api/x", await signedInAndDue());
    expect([response.status, await response.text(), kit.provider.calls.refresh]).toEqual([200, "user_ada", 1]);
    expectRenewed(response);
  });
});

describe("answers pass as they are", () => {
  it("a stream is handed on while it is still being written", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    app.get("/", () => new Response(readable, { headers: { "Content-Type": "text/event-stream" } }));
    const response = await visit(app, "/", await signedInAndDue());
    expectRenewed(response);
    const reader = response.body?.getReader();
    void writer.write(new TextEncoder().encode("data: 1\n\n"));
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: 1\n\n");
    void writer.close();
    expect((await reader?.read())?.done).toBe(true);
  });

  it.each([
    ["a redirect that cannot be changed", () => Response.redirect("https://elsewhere.example/", 303), 303],
    ["no content", () => new Response(null, { status: 204 }), 204],
    ["not modified", () => new Response(null, { status: 304, headers: { ETag: '"a"' } }), 304],
  ])("%s keeps its status", async (_what, make, status) => {
    app.get("/", () => make());
    const response = await visit(app, "/", await signedInAndDue());
    expect(response.status).toBe(status);
    expectRenewed(response);
  });

  it("HEAD has the headers of GET and no body", async () => {
    app.get("/", (c) => c.text("hello"));
    const response = await visit(app, "/", { ...(await signedInAndDue()), method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expectRenewed(response);
  });
});

describe("who is asking", () => {
  it("handlers meet all three visitors, without an execution context", async () => {
    app.get("/", (c) => c.text(c.get("auth").state));
    const live = await kit.signIn();
    const ended = await signedInAndDue();
    expect(await (await visit(app, "/", { cookie: live.cookie })).text()).toBe("authenticated");
    expect(await (await visit(app, "/")).text()).toBe("anonymous");
    kit.provider.fail({ status: 503 }, ["refresh"]);
    expect(await (await visit(app, "/", { cookie: ended.cookie })).text()).toBe("unavailable");
  });

  it("TH-14 requests side by side see their own person", async () => {
    app.get("/", requireSession(), async (c) => {
      await Promise.resolve();
      return c.text(c.get("auth").user.id);
    });
    const ids = Array.from({ length: 20 }, (_, at) => `user_${at}`);
    const cookies = await Promise.all(ids.map(async (userId) => (await kit.signIn({ userId })).cookie));
    const answers = await Promise.all(cookies.map(async (cookie) => (await visit(app, "/", { cookie })).text()));
    expect(answers).toEqual(ids);
  });

  it("an auth made per env is asked with the request's own", async () => {
    const env = { NAME: "one" };
    const authFor = vi.fn((_env: typeof env) => kit.auth);
    const perEnv = new Hono<{ Bindings: typeof env }>().use(authMiddleware(authFor)).get("/", (c) => {
      return c.text(c.get("auth").state);
    });
    expect(await (await visit(perEnv, "/", { env })).text()).toBe("anonymous");
    expect(authFor).toHaveBeenCalledWith(env);
  });

  it("work that outlives the response goes to the execution context, where there is one", async () => {
    app.get("/", (c) => c.text("x"));
    const tasks: Promise<unknown>[] = [];
    const ctx = {
      waitUntil: (task: Promise<unknown>) => void tasks.push(task),
      passThroughOnException() {},
      props: {},
    };
    await app.fetch(new Request("https://app.example/a%2fb"), {}, ctx);
    expect(tasks).toHaveLength(1);
  });
});
