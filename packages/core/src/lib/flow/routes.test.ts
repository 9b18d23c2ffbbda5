import { describe, expect, test } from "vitest";
import { Browser, ORIGIN, signedIn, testAuth } from "../../../test/auth-kit.js";

const UNSAFE = [
  ["POST", "/auth/logout"],
  ["POST", "/auth/refresh"],
  ["POST", "/auth/switch-org"],
  ["POST", "/auth/token"],
  ["DELETE", "/auth/sessions/abc"],
] as const;

function raw(path: string, method: string, headers: Record<string, string>, cookie = "") {
  return new Request(`${ORIGIN}${path}`, { method, headers: { ...(cookie && { Cookie: cookie }), ...headers } });
}

async function expectDenied(response: Response | null): Promise<void> {
  expect(response?.status).toBe(403);
  expect(await response?.json()).toEqual({ error: "csrf" });
  expect(response?.headers.getSetCookie()).toEqual([]);
  expect(response?.headers.get("Cache-Control")).toBe("private, no-store");
}

describe("the same-origin wall around our own routes", () => {
  test.each(UNSAFE)(
    "CS-01 %s %s from another site is 403 csrf: nothing is done, and it is told",
    async (method, path) => {
      const { kit, browser } = await signedIn();
      const cookie = `__Host-session=${browser.jar.get("__Host-session")}`;
      for (const site of ["cross-site", "same-site", "none"]) {
        await expectDenied(await kit.auth.handler(raw(path, method, { "Sec-Fetch-Site": site }, cookie)));
      }
      expect(kit.calls).toEqual([]);
      expect(kit.events).toMatchObject([{ type: "csrf" }]);
      expect((await (await browser.send("/auth/me")).json()).state).toBe("authenticated");
    },
  );

  test.each(UNSAFE)(
    "CS-03 %s %s without Fetch Metadata and with a foreign Origin is 403 csrf",
    async (method, path) => {
      const { kit, browser } = await signedIn();
      const cookie = `__Host-session=${browser.jar.get("__Host-session")}`;
      for (const origin of ["https://evil.example", "null", "::", `${ORIGIN}, https://evil.example`]) {
        await expectDenied(await kit.auth.handler(raw(path, method, { Origin: origin }, cookie)));
      }
      expect(kit.calls).toEqual([]);
    },
  );

  test.each(UNSAFE)("CS-04 %s %s that says nothing about where it came from is 403 csrf", async (method, path) => {
    const { kit, browser } = await signedIn();
    const cookie = `__Host-session=${browser.jar.get("__Host-session")}`;
    await expectDenied(await kit.auth.handler(raw(path, method, {}, cookie)));
    await expectDenied(await kit.auth.handler(raw(path, method, {})));
    expect(kit.calls).toEqual([]);
  });

  test("a browser without Fetch Metadata gets in with our own Origin", async () => {
    const { kit } = await signedIn();
    const response = await kit.auth.handler(raw("/auth/logout", "POST", { Origin: ORIGIN }));
    expect(response?.status).toBe(200);
  });

  test.each(["/auth/logout", "/auth/refresh", "/auth/switch-org", "/auth/token"])(
    "CS-08 GET %s is 405: a link changes nothing",
    async (path) => {
      const { kit, browser } = await signedIn();
      const response = await browser.send(path);
      expect(response.status).toBe(405);
      expect(response.headers.get("Allow")).toBe("POST");
      expect(await response.json()).toEqual({ error: "method_not_allowed" });
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(kit.calls).toEqual([]);
    },
  );

  test.each([
    ["HEAD", "/auth/login", "GET"],
    ["OPTIONS", "/auth/logout", "POST"],
    ["PUT", "/auth/me", "GET"],
    ["POST", "/auth/me", "GET"],
    ["GET", "/auth/sessions/abc", "DELETE"],
    ["PATCH", "/auth/refresh", "POST"],
  ])("CS-07 %s %s is 405 with Allow: %s, by the real method alone", async (method, path, allow) => {
    const { kit } = await signedIn();
    const override = { "X-HTTP-Method-Override": allow, "Sec-Fetch-Site": "same-origin" };
    const response = await kit.auth.handler(raw(path, method, override));
    expect([response?.status, response?.headers.get("Allow")]).toEqual([405, allow]);
    expect(kit.calls).toEqual([]);
  });

  test("CS-10 a WebSocket handshake with our cookie from another origin is 403 csrf, on every path", async () => {
    const { kit, browser } = await signedIn();
    const Cookie = `__Host-session=${browser.jar.get("__Host-session")}`;
    const upgrade = (headers: Record<string, string>, path = "/live") =>
      kit.auth.handler(raw(path, "GET", { Upgrade: "websocket", ...headers }));
    await expectDenied(await upgrade({ Cookie, Origin: "https://evil.example" }));
    await expectDenied(await upgrade({ Cookie, Origin: "null" }));
    await expectDenied(await upgrade({ Cookie }));
    await expectDenied(await upgrade({ Cookie, "Sec-Fetch-Site": "same-site", Origin: ORIGIN }));
    await expectDenied(await upgrade({ Cookie, Upgrade: " WebSocket ", Origin: "https://evil.example" }));
    await expectDenied(await upgrade({ Cookie: "a=b; __Host-session.0=2.x.y", Origin: "https://evil.example" }));
    await expectDenied(await upgrade({ Cookie: `${Cookie}; ${Cookie}`, Origin: "https://evil.example" }, "//live"));
    expect(await upgrade({ Cookie, Origin: ORIGIN })).toBeNull();
    expect(await upgrade({ Cookie, "Sec-Fetch-Site": "same-origin" })).toBeNull();
    expect(await upgrade({ Cookie: "lb=1", Origin: "https://evil.example" })).toBeNull();
    expect(kit.events.map(({ type }) => type)).toEqual(["csrf"]);
  });
});

describe("the route table", () => {
  test.each([
    "/",
    "/auth",
    "/authx/login",
    "/other/auth/login",
    "/auth/unknown",
    "/auth/me/x",
    "/auth/sessions/a/b",
    "/AUTH/login",
  ])("%s is not ours", async (path) => {
    expect(await testAuth().auth.handler(new Request(ORIGIN + path))).toBeNull();
  });

  test.each(["/auth/constructor", "/auth/__proto__", "/auth/toString"])(
    "%s is not a route by accident",
    async (path) => {
      expect(await testAuth().auth.handler(new Request(ORIGIN + path))).toBeNull();
    },
  );

  test.each(["/auth/%6cogin", "/%61uth/login", "/auth/login/", "/x/../auth/login", "/auth/./login?x=//y"])(
    "TH-06 %s is /auth/login",
    async (path) => {
      expect((await testAuth().auth.handler(new Request(ORIGIN + path)))?.status).toBe(302);
    },
  );

  test.each(["/auth/login%2f", "/auth//login", "/auth/login;x", "/auth/%5clogin", "/auth/%00", "/auth/%256c"])(
    "TH-06 %s is 400 ambiguous_path, told, and nothing else",
    async (path) => {
      const kit = testAuth();
      const response = await kit.auth.handler(new Request(ORIGIN + path));
      expect([response?.status, await response?.json()]).toEqual([400, { error: "ambiguous_path" }]);
      expect(kit.events).toMatchObject([{ type: "ambiguous_path" }]);
      expect(kit.calls).toEqual([]);
    },
  );

  test("TH-05 forwarded and rewritten paths change no route", async () => {
    const headers = {
      "X-Original-URL": "/auth/login",
      "X-Rewrite-URL": "/auth/login",
      "X-Forwarded-Uri": "/auth/login",
    };
    expect(await testAuth().auth.handler(new Request(`${ORIGIN}/x`, { headers }))).toBeNull();
  });

  test.each([
    ["GET", "/auth/sessions"],
    ["DELETE", "/auth/sessions/abc"],
  ])("%s %s is 404 not_enabled", async (method, path) => {
    const response = await testAuth().auth.handler(raw(path, method, { "Sec-Fetch-Site": "same-origin" }));
    expect([response?.status, await response?.json()]).toEqual([404, { error: "not_enabled" }]);
  });

  test("another prefix moves every route and the login URL", async () => {
    const kit = testAuth({ routePrefix: "/account/session" });
    expect(await kit.auth.handler(new Request(`${ORIGIN}/auth/login`))).toBeNull();
    expect((await kit.auth.handler(new Request(`${ORIGIN}/account/session/login`)))?.status).toBe(302);
    const refused = await kit.auth.handler(
      raw("/account/session/refresh", "POST", { "Sec-Fetch-Site": "same-origin" }),
    );
    expect([refused?.status, await refused?.json()]).toEqual([
      401,
      { error: "unauthenticated", loginUrl: "/account/session/login" },
    ]);
  });
});

describe("GET /auth/me and POST /auth/refresh", () => {
  test("nobody is 200 on /auth/me and 401 on /auth/refresh", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const me = await browser.send("/auth/me");
    expect([me.status, await me.json()]).toEqual([200, { state: "anonymous" }]);
    expect(me.headers.get("Cache-Control")).toBe("private, no-store");
    const refresh = await browser.send("/auth/refresh", { method: "POST" });
    expect([refresh.status, await refresh.json()]).toEqual([
      401,
      { error: "unauthenticated", loginUrl: "/auth/login" },
    ]);
    expect(kit.calls).toEqual([]);
  });

  test("a provider that is down with an ended token is 503 on both, and the cookie stays", async () => {
    const { kit, browser } = await signedIn();
    kit.answers.refresh = () => ({ ok: false, final: false });
    kit.clock.now += 301;
    for (const response of [await browser.send("/auth/me"), await browser.send("/auth/refresh", { method: "POST" })]) {
      expect([response.status, await response.json()]).toEqual([503, { error: "unavailable" }]);
      expect(response.headers.get("Retry-After")).toMatch(/^\d+$/);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
  });

  test("a refresh renews before the token is due, with the body of /auth/me", async () => {
    const { kit, browser } = await signedIn();
    kit.answers.refresh = () => kit.tokens({ permissions: ["projects:write"] });
    kit.clock.now += 11;
    const response = await browser.send("/auth/refresh", { method: "POST" });
    expect(response.status).toBe(200);
    const body = await response.json();
    expect(body).toMatchObject({ state: "authenticated", permissions: ["projects:write"] });
    expect(await (await browser.send("/auth/me")).json()).toEqual(body);
    expect(kit.calls.map(({ method }) => method)).toEqual(["refresh"]);
  });

  test.each([
    ["GET", "/auth/me"],
    ["POST", "/auth/refresh"],
    ["GET", "/auth/organizations"],
  ])("RF-18 %s %s with another X-Expected-Org is 409 org_changed, and nothing is done", async (method, path) => {
    const { kit, browser } = await signedIn();
    kit.clock.now += 11;
    const response = await browser.send(path, { method, headers: { "X-Expected-Org": "org_other" } });
    expect([response.status, await response.json()]).toEqual([409, { error: "org_changed" }]);
    expect(kit.calls).toEqual([]);
    expect(kit.events).toMatchObject([{ type: "org_changed", userId: "user_1" }]);
    const fine = await browser.send(path, { method, headers: { "X-Expected-Org": "" } });
    expect(fine.status).toBe(200);
  });
});
