import { describe, expect, test } from "vitest";
import { type BearerKit, bearerKit, expectNoCookie, expectRefused, NAVIGATES } from "../../../test/bearer-kit.js";
import { createGuard } from "../auth/guard.js";
import { createCsrf } from "../policy/csrf.js";

describe("which credential a route takes", () => {
  test.each(["/", "/page", "/apix", "/v1x", "/auth/me", "/v2/x"])(
    "MB-03 on %s, which takes the cookie, a header token is not looked at",
    async (path) => {
      const kit = bearerKit();
      const visitor = await kit.visit(path, `Bearer ${await kit.token()}`);
      expect(visitor).toMatchObject({ state: "anonymous", reason: "no_credential" });
      expect([kit.fetched, kit.events]).toEqual([[], []]);
    },
  );

  test("MB-03 on our own routes it is not looked at either, wherever headers are read", async () => {
    const kit = bearerKit({ routes: { "/*": "header" } });
    const response = await kit.auth.handler(kit.request("/auth/me", `Bearer ${await kit.token()}`), kit.background);
    expect(await response?.json()).toEqual({ state: "anonymous" });
    const browser = await kit.signIn();
    expect(await (await browser.send("/auth/me")).json()).toMatchObject({ state: "authenticated" });
  });

  test.each(["/v1/x", "/v1", "/V1/x", "/v1/x/"])(
    "MB-03 on %s, which takes headers, a cookie is not looked at",
    async (path) => {
      const kit = bearerKit();
      const browser = await kit.signIn();
      for (const ask of [kit.auth.validateRequest, kit.auth.refresh]) {
        const visitor = await ask(browser.request(path), kit.background);
        expect(visitor).toMatchObject({ state: "anonymous", reason: "no_credential" });
        expectNoCookie(visitor);
      }
      expect(kit.calls).toEqual([]);
    },
  );

  test.each(["//v1/x", "/v1%2fx", "/x/..%2fv1/x", "/v1;a/x"])(
    "MB-03 on %s, which may be that route to somebody, nothing is looked at",
    async (path) => {
      const kit = bearerKit();
      const browser = await kit.signIn();
      const request = browser.request(path, { headers: { Authorization: `Bearer ${await kit.token()}` } });
      expect(await kit.auth.validateRequest(request)).toMatchObject({ state: "anonymous", reason: "no_credential" });
    },
  );

  test("where no route takes headers alone, such a path takes the cookie as ever", async () => {
    const kit = bearerKit({ routes: { "/api/*": "either" } });
    const browser = await kit.signIn();
    expect(await kit.auth.validateRequest(browser.request("/files/a%2fb"))).toMatchObject({ state: "authenticated" });
  });

  test.each([["__Host-session"], ["__Host-session.0"]])(
    "a route that takes either refuses a request with both (%s), however good each is",
    async (name) => {
      const kit = bearerKit();
      const browser = await kit.signIn();
      const text = browser.jar.get("__Host-session") ?? "";
      const headers = { Cookie: `${name}=${text}` };
      for (const authorization of [`Bearer ${await kit.token()}`, "Bearer garbage", "Bearer"]) {
        kit.events.length = 0;
        kit.clock.now += 10;
        const visitor = await kit.visit("/api/x", authorization, { headers });
        await expectRefused(kit, visitor, "ambiguous_credential", 'Bearer error="invalid_request"');
      }
    },
  );

  test("a scheme of somebody else's beside the cookie (a staging site's Basic) changes nothing", async () => {
    const kit = bearerKit();
    const browser = await kit.signIn();
    const request = browser.request("/api/x", { headers: { Authorization: "Basic YTpi" } });
    expect(await kit.auth.validateRequest(request)).toMatchObject({ state: "authenticated" });
  });

  test("the nearest route counts: one path before what lies below another, and of these the longest", async () => {
    const routes = { "/*": "cookie", "/api/*": "either", "/api/v1/*": "header", "/api/v1/login": "cookie" } as const;
    const kit = bearerKit({ routes });
    const token = `Bearer ${await kit.token()}`;
    const states = await Promise.all(
      ["/x", "/api/x", "/api/v1/x", "/api/v1/login", "/API/V1/LOGIN"].map(
        async (path) => (await kit.visit(path, token)).state,
      ),
    );
    expect(states).toEqual(["anonymous", "authenticated", "authenticated", "anonymous", "anonymous"]);
  });

  test("on a route that takes either, a page without a credential is sent to sign in; on one of headers alone it is not", async () => {
    const kit = bearerKit();
    const either = await kit.visit("/api/x", undefined, { headers: NAVIGATES });
    const header = await kit.visit("/v1/x", undefined, { headers: NAVIGATES });
    if (either.state !== "anonymous" || header.state !== "anonymous") throw new Error("let in");
    const [toLogin, refused] = [either.deny(), header.deny()];
    expect([toLogin.status, toLogin.headers.get("Location")]).toEqual([302, "/auth/login?returnTo=%2Fapi%2Fx"]);
    expect(toLogin.headers.get("WWW-Authenticate")).toBeNull();
    expect([refused.status, refused.headers.get("WWW-Authenticate")]).toEqual([401, "Bearer"]);
    expect(await refused.json()).toEqual({ error: "unauthenticated" });
  });

  test.each([
    ["/page", "Cookie"],
    ["/api/x", "Cookie, Authorization"],
    ["/v1/x", "Authorization"],
  ])("what nobody in particular gets from %s, caches tell apart by %s", async (path, vary) => {
    const kit = bearerKit();
    const visitor = await kit.visit(path);
    const shared = visitor.apply(new Response("x", { headers: { "Cache-Control": "public", Vary: "Accept" } }));
    expect(shared.headers.get("Vary")).toBe(`Accept, ${vary}`);
    expect(shared.headers.get("Cache-Control")).toBe("public");
    expect(visitor.headers.get("Vary")).toBe(vary);
  });

  test("what a caller gets, no cache keeps", async () => {
    const kit = bearerKit();
    for (const token of [await kit.token(), await kit.robot(), "garbage"]) {
      const visitor = await kit.visit("/v1/x", `Bearer ${token}`);
      const answer = visitor.apply(new Response("x", { headers: { "Cache-Control": "public" } }));
      expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
      expect(answer.headers.get("Vary")).toBe("Authorization");
    }
  });
});

describe("the wall against forged calls follows the credential", () => {
  const POST = { method: "POST", headers: { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" } };
  const guard = createGuard({ machines: ["/api/*", "/v1/*"] });

  async function statusOf(kit: BearerKit, request: Request): Promise<number> {
    const admission = await guard.admit(kit.auth, request, kit.background);
    return "answer" in admission ? admission.answer.status : 200;
  }

  test.each([
    ["/page", true, 403],
    ["/api/x", true, 403],
    ["/v1/x", false, 200],
  ])("CS-01 a foreign page's POST to %s with cookie and header: %s", async (path, isForged, status) => {
    const kit = bearerKit({}, { policies: { csrf: createCsrf() } });
    const browser = await kit.signIn();
    const headers = { ...POST.headers, Authorization: `Bearer ${await kit.token()}` };
    expect(await statusOf(kit, browser.request(path, { method: "POST", headers }))).toBe(status);
    expect(kit.events.some(({ type }) => type === "csrf")).toBe(isForged);
  });

  test.each(["Basic YTpi", "BearerX a", ""])("CS-01 %j beside the cookie opens no door", async (Authorization) => {
    const kit = bearerKit({}, { policies: { csrf: createCsrf() } });
    const browser = await kit.signIn();
    for (const path of ["/api/x", "/page"]) {
      const request = browser.request(path, { method: "POST", headers: { ...POST.headers, Authorization } });
      expect(await statusOf(kit, request)).toBe(403);
    }
  });

  test("CS-06 a header token needs no further header, and comes from anywhere", async () => {
    const kit = bearerKit({}, { policies: { csrf: createCsrf() } });
    for (const token of [await kit.token(), await kit.robot()]) {
      for (const path of ["/api/x", "/v1/x"]) {
        expect(await statusOf(kit, kit.request(path, `Bearer ${token}`, POST))).toBe(200);
      }
    }
    expect(kit.events).toEqual([]);
  });
});
