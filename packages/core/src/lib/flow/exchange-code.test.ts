import { describe, expect, test } from "vitest";
import { asked, Browser, FAILED_EXCHANGES, failures, ORIGIN, type TestAuth, testAuth } from "../../../test/auth-kit.js";

const LOGIN = { loginUrl: "/auth/login" };
const ROUND = "__Host-edgeseal-round";

/** What a page does with the query it was given. */
function post(browser: Browser, json: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return browser.send("/auth/token", { json, headers });
}

async function expectJson(response: Response, status: number, body: unknown): Promise<void> {
  expect(response.headers.get("Content-Type")).toBe("application/json");
  expect(response.headers.get("Cache-Control")).toBe("private, no-store");
  expect(response.headers.get("Vary")).toBe("Cookie");
  expect(response.headers.get("Location")).toBeNull();
  expect([response.status, await response.json()]).toEqual([status, body]);
}

function expectNothingDone(kit: TestAuth, browser: Browser): void {
  expect(asked(kit, "exchange")).toEqual([]);
  expect(browser.named("session")).toEqual([]);
}

describe("POST /auth/token, attacked", () => {
  test.each([
    ["no state", { code: "code_1" }],
    ["an empty state", { code: "code_1", state: "" }],
    ["a state that is none of ours", { code: "code_1", state: "abc" }],
    ["a state of three parts", { code: "code_1", state: "AAAAAAAAAAAAAAAA.b.c" }],
  ])("OA-01 %s is state_mismatch as JSON, and the provider is not asked", async (_, body) => {
    const kit = testAuth();
    const browser = new Browser(kit);
    await browser.start();
    await expectJson(await post(browser, body), 400, { error: "state_mismatch", ...LOGIN });
    expect(failures(kit)).toEqual(["state_mismatch"]);
    expectNothingDone(kit, browser);
  });

  test("OA-01 somebody else's code and state are state_mismatch: nobody is signed in as another", async () => {
    const kit = testAuth();
    const attacker = new Browser(kit);
    const victim = new Browser(kit);
    const stolen = await attacker.start();
    await victim.start();
    await expectJson(await post(victim, { code: "code_1", state: stolen }), 400, { error: "state_mismatch", ...LOGIN });
    expectNothingDone(kit, victim);
  });

  test("OA-02 a valid state without its cookie is flow_cookie_missing", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    browser.jar.clear();
    const response = await post(browser, { code: "code_1", state });
    await expectJson(response, 400, { error: "flow_cookie_missing", ...LOGIN });
    expect(failures(kit)).toEqual(["flow_cookie_missing"]);
    expectNothingDone(kit, browser);
  });

  test("OA-02, OA-16 a code is posted once and within ten minutes", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const body = { code: "code_1", state: await browser.start() };
    expect((await post(browser, body)).status).toBe(200);
    await expectJson(await post(browser, body), 400, { error: "flow_cookie_missing", ...LOGIN });
    expect(asked(kit, "exchange")).toHaveLength(1);
    const late = { code: "code_2", state: await browser.start() };
    kit.clock.now += 600;
    await expectJson(await post(browser, late), 400, { error: "flow_expired", ...LOGIN });
    expect(browser.named("flow")).toEqual([]);
  });

  test("OA-02 a code posted twice at once is asked for once; the second answer takes no session away", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const body = { code: "code_1", state: await browser.start() };
    const sent = () => browser.request("/auth/token", { json: body });
    const [one, two] = await Promise.all([sent(), sent()].map((request) => kit.auth.exchangeCode(request)));
    expect([one?.status, two?.status].sort()).toEqual([200, 400]);
    expect(asked(kit, "exchange")).toHaveLength(1);
    for (const response of [one, two]) if (response?.status === 400) browser.take(response);
    for (const response of [one, two]) {
      if (response?.status === 200) browser.take(response);
      else expect(response?.headers.getSetCookie().some((line) => line.startsWith("__Host-session"))).toBe(false);
    }
    expect(await (await browser.send("/auth/me")).json()).toMatchObject({ state: "authenticated" });
  });

  test("OA-05 an answer that says it is another provider's is iss_mismatch", async () => {
    const kit = testAuth({ acceptsIssuer: (issuer) => issuer === "https://idp.example" });
    const browser = new Browser(kit);
    for (const iss of ["https://evil.example", undefined]) {
      const state = await browser.start();
      await expectJson(await post(browser, { code: "code_1", state, iss }), 400, { error: "iss_mismatch", ...LOGIN });
    }
    expectNothingDone(kit, browser);
    const state = await browser.start();
    expect((await post(browser, { code: "code_1", state, iss: "https://idp.example" })).status).toBe(200);
  });

  test("OA-07 the verifier of this browser's flow goes along; a code the provider refuses with it makes no session", async () => {
    const kit = testAuth();
    kit.answers.exchange = () => ({ ok: false, final: true, reason: "invalid_grant" });
    const browser = new Browser(kit);
    const state = await browser.start();
    await expectJson(await post(browser, { code: "injected", state }), 400, { error: "provider_refused", ...LOGIN });
    const { code, codeVerifier } = asked(kit, "exchange")[0]!.input as { code: string; codeVerifier: string };
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier));
    const encoded = btoa(String.fromCharCode(...new Uint8Array(digest)));
    expect([code, encoded.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")]).toEqual([
      "injected",
      (asked(kit, "authorizationUrl")[0]!.input as { codeChallenge: string }).codeChallenge,
    ]);
    expect([...browser.jar]).toEqual([]);
  });

  test.each([
    ["a code of 10 KB", { code: "a".repeat(10_240) }],
    ["code and error together", { code: "a", error: "access_denied" }],
    ["neither", {}],
    ["an array in a query's spelling", { "code[0]": "a" }],
  ])("OA-10 %s is callback_malformed", async (_, body) => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    await expectJson(await post(browser, { ...body, state }), 400, { error: "callback_malformed", ...LOGIN });
    expect(failures(kit)).toEqual(["callback_malformed"]);
    expectNothingDone(kit, browser);
  });

  test.each([
    ["a code array", { code: ["a"] }],
    ["a state array", { code: "a", state: ["x"] }],
    ["a code that is an object", { code: { toString: "a" } }],
    ["20 KB", { code: "a", more: "x".repeat(20_000) }],
    ["an array", ["a"]],
    ["null", null],
  ])("OA-10 a body with %s is invalid_request", async (_, body) => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    const sent = body !== null && !Array.isArray(body) ? { state, ...body } : body;
    await expectJson(await post(browser, sent), 400, { error: "invalid_request" });
    expectNothingDone(kit, browser);
    // Not an answer of the provider, so the flow still waits for one.
    expect((await post(browser, { code: "code_1", state })).status).toBe(200);
  });

  test.each([
    ["text/plain"],
    [""],
    ["application/x-www-form-urlencoded"],
    ["Application/X-WWW-Form-Urlencoded; charset=utf-8"],
    ["multipart/form-data; boundary=x"],
    ["application/json;,text/plain"],
    ["application/json, text/plain"],
    ["application/json; charset=utf-16"],
    ["application/jsonp"],
    ["text/json"],
  ])("CS-05 the type %j is invalid_request, from our own origin, too", async (type) => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    const isForm = type.toLowerCase().includes("urlencoded");
    const body = new TextEncoder().encode(
      isForm ? `code=code_1&state=${state}` : JSON.stringify({ code: "code_1", state }),
    );
    const headers = type === "" ? {} : { "Content-Type": type };
    const response = await browser.send("/auth/token", { method: "POST", body, headers });
    await expectJson(response, 400, { error: "invalid_request" });
    expectNothingDone(kit, browser);
  });

  test.each(["Application/JSON", "application/json; charset=UTF-8", 'application/json;charset="utf-8"'])(
    "the type %j is JSON",
    async (type) => {
      const browser = new Browser(testAuth());
      const body = new TextEncoder().encode(JSON.stringify({ code: "code_1", state: await browser.start() }));
      const sent = { method: "POST", body, headers: { "Content-Type": type } };
      expect((await browser.send("/auth/token", sent)).status).toBe(200);
    },
  );

  test.each([
    ["CS-01 from another site", { "Sec-Fetch-Site": "cross-site" }],
    ["CS-01 from a sibling host", { "Sec-Fetch-Site": "same-site" }],
    ["CS-03 with a foreign Origin", { Origin: "https://evil.example" }],
    ["CS-03 with Origin null", { Origin: "null" }],
    ["CS-04 that says nothing of where it came from", {}],
  ])("%s is 403 csrf, by the route and by exchangeCode itself; the flow stays", async (_, headers) => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    const Cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join("; ");
    for (const answer of [kit.auth.handler, kit.auth.exchangeCode]) {
      const request = new Request(`${ORIGIN}/auth/token`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Cookie, ...headers },
        body: JSON.stringify({ code: "code_1", state }),
      });
      const response = await answer(request);
      expect([response?.status, await response?.json()]).toEqual([403, { error: "csrf" }]);
      expect(response?.headers.getSetCookie()).toEqual([]);
    }
    expect(kit.events.every(({ type }) => type === "csrf")).toBe(true);
    expectNothingDone(kit, browser);
    expect((await post(browser, { code: "code_1", state })).status).toBe(200);
  });

  test("CS-08 exchangeCode answers a GET with 405 and reads no query", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    const response = await kit.auth.exchangeCode(browser.request(`/auth/token?code=code_1&state=${state}`));
    expect([response.status, response.headers.get("Allow")]).toEqual([405, "POST"]);
    // A query beside the body counts for nothing.
    const beside = await browser.send(`/auth/token?code=code_1&state=${state}`, { json: {} });
    await expectJson(beside, 400, { error: "state_mismatch", ...LOGIN });
    expectNothingDone(kit, browser);
  });

  test("OA-09 an error of the provider is its code alone; its words are in the event, the flow is over", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    const script = "<script>alert(1)</script>";
    const response = await post(browser, { error: "access_denied", error_description: script, state });
    await expectJson(response, 400, { error: "access_denied", ...LOGIN });
    expect(kit.events).toMatchObject([
      { type: "login_failure", reason: "access_denied", detail: `access_denied: ${script}` },
    ]);
    expect([...browser.jar]).toEqual([]);
  });

  test.each(FAILED_EXCHANGES)(
    "OA-14 a provider that %s is JSON with a status, never an exception",
    async (_, answer, status, error, wait) => {
      const kit = testAuth();
      kit.answers.exchange = answer;
      const browser = new Browser(kit);
      const response = await post(browser, { code: "code_1", state: await browser.start() });
      expect(response.headers.get("Retry-After")).toBe(wait);
      await expectJson(response, status, { error, ...LOGIN });
      expect([...browser.jar]).toEqual([]);
    },
  );

  test.each([
    ["of another issuer", { iss: "https://evil.example" }],
    ["of another client", { client_id: "other" }],
    ["of another person than the user beside it", { sub: "user_2" }],
  ])("OA-14 an access token %s is bad_token_response; nothing is set", async (_, claims) => {
    const kit = testAuth();
    kit.answers.exchange = () => kit.tokens(claims);
    const browser = new Browser(kit);
    const response = await post(browser, { code: "code_1", state: await browser.start() });
    await expectJson(response, 502, { error: "bad_token_response", ...LOGIN });
    expect([...browser.jar]).toEqual([]);
  });
});

describe("POST /auth/token", () => {
  test("answers as /auth/me, with where the person wanted to go, the session's cookie and without the flow", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start("?returnTo=%2Fprojects%3Fpage%3D2");
    const response = await post(browser, { code: "code_1", state, session_state: "of no interest" });
    expect([...browser.jar.keys()].sort()).toEqual([ROUND, "__Host-session"]);
    expect(kit.calls.map(({ method }) => method)).toEqual(["authorizationUrl", "exchange"]);
    const me = await (await browser.send("/auth/me")).json();
    expect(me.state).toBe("authenticated");
    await expectJson(response, 200, { ...me, returnTo: "/projects?page=2" });
    expect(kit.events.filter(({ type }) => type.startsWith("login_"))).toMatchObject([
      { type: "login_success", userId: "user_1" },
    ]);
  });

  test("CK-18 neither a token nor a sealed value is in the body", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const text = await (await post(browser, { code: "code_1", state: await browser.start() })).text();
    expect(text).not.toMatch(/es1\.|eyJ|refresh-/);
  });

  test("a Strict session is set by our own answer: no page between, and the next request is ours", async () => {
    const kit = testAuth({ cookie: { sameSite: "strict" } });
    const browser = new Browser(kit);
    const response = await post(browser, { code: "code_1", state: await browser.start() });
    const [session] = response.headers.getSetCookie();
    expect(session).toMatch(/^__Host-session=es1\..*; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    expect(await response.json()).toMatchObject({ state: "authenticated", returnTo: "/" });
  });

  test("CK-17 a sign-in over an old session ends and revokes the old one", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    await browser.signIn();
    const old = browser.jar.get("__Host-session")!;
    kit.answers.exchange = () => kit.tokens({ sid: "sid_2" });
    expect((await post(browser, { code: "code_1", state: await browser.start() })).status).toBe(200);
    await kit.settle();
    expect(browser.jar.get("__Host-session")).not.toBe(old);
    expect(asked(kit, "revoke")).toMatchObject([{ input: { sid: "sid_1" } }]);
  });

  test("onLogin chooses where to go, through the same gate, or refuses", async () => {
    for (const [returned, returnTo] of [
      ["/welcome", "/welcome"],
      ["//evil.example", "/asked"],
    ] as const) {
      const browser = new Browser(testAuth({ onLogin: () => returned }));
      const response = await post(browser, { code: "code_1", state: await browser.start("?returnTo=%2Fasked") });
      expect(await response.json()).toMatchObject({ returnTo });
    }
    const kit = testAuth({
      onLogin: () => {
        throw new Error("CANARY");
      },
    });
    const browser = new Browser(kit);
    const response = await post(browser, { code: "code_1", state: await browser.start() });
    await expectJson(response, 403, { error: "login_refused", ...LOGIN });
    await kit.settle();
    expect(asked(kit, "revoke")).toHaveLength(1);
    expect([...browser.jar]).toEqual([]);
  });

  test("the app's page for failures is not asked for, whatever the request says of itself", async () => {
    let asked = 0;
    const kit = testAuth({
      onLoginFailure: () => {
        asked += 1;
        return new Response("<h1>no</h1>", { headers: { "Content-Type": "text/html" } });
      },
    });
    const browser = new Browser(kit);
    for (const headers of [{}, { "Sec-Fetch-Mode": "navigate", Accept: "text/html" }]) {
      const response = await post(browser, { error: "access_denied", state: await browser.start() }, headers);
      await expectJson(response, 400, { error: "access_denied", ...LOGIN });
    }
    expect([asked, failures(kit)]).toEqual([0, ["access_denied"]]);
  });

  test("OA-15 lists the organisations to choose from; the choice, posted as JSON, finishes as the code would have", async () => {
    const kit = testAuth();
    const organizations = [{ id: "org_1", name: "One", role: "admin" }, { id: "org_2" }];
    kit.answers.exchange = () => ({
      ok: false,
      final: true,
      reason: "organization_selection_required",
      pending: { token: "PENDING-TOKEN", organizations },
    });
    const browser = new Browser(kit);
    const stopped = await post(browser, { code: "code_1", state: await browser.start("?returnTo=%2Fprojects") });
    await expectJson(stopped, 403, { error: "organization_selection_required", ...LOGIN, organizations });
    expect(browser.named("pending")).toHaveLength(1);
    expect([...browser.jar.values()].join()).not.toContain("PENDING-TOKEN");

    const choice = { json: { organizationId: "org_1", pending: "1" } };
    const response = await browser.send("/auth/switch-org", choice);
    const me = await (await browser.send("/auth/me")).json();
    expect(me).toMatchObject({ state: "authenticated", organizationId: "org_1" });
    await expectJson(response, 200, { ...me, returnTo: "/projects" });
    expect(browser.named("pending")).toEqual([]);
    await expectJson(await browser.send("/auth/switch-org", choice), 400, { error: "flow_cookie_missing", ...LOGIN });
  });

  test("with another prefix it is there, too", async () => {
    const kit = testAuth({ routePrefix: "/account/session" });
    const browser = new Browser(kit);
    const login = await browser.send("/account/session/login");
    const state = new URL(login.headers.get("Location")!).searchParams.get("state");
    expect((await browser.send("/account/session/token", { json: { code: "c", state } })).status).toBe(200);
  });
});
