import { describe, expect, test } from "vitest";
import { asked, Browser, expectPage, failures, ORIGIN, START, testAuth } from "../../../test/auth-kit.js";

describe("a finished sign-in", () => {
  test("RD-07 is a 303 to where the person wanted to go, with the session and without the flow", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const response = await browser.signIn("?returnTo=%2Fprojects%3Fpage%3D2");
    await kit.settle();
    expect(response.status).toBe(303);
    expect(response.headers.get("Location")).toBe("/projects?page=2");
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect(response.headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(await response.text()).toBe("");
    expect([...browser.jar.keys()].sort()).toEqual(["__Host-edgeseal-round", "__Host-session"]);
    for (const line of response.headers.getSetCookie()) {
      expect(line).toMatch(/^__Host-.*; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
    }
    expect(kit.calls.map((call) => call.method)).toEqual(["authorizationUrl", "exchange"]);
    expect(kit.fetched).toHaveLength(1);
    const [event, ...others] = kit.events;
    expect(others.filter((other) => !other.type.startsWith("jwks_"))).toEqual([]);
    expect(event).toMatchObject({ type: expect.stringMatching(/login_success|jwks_keys_changed/) });
    const success = kit.events.find(({ type }) => type === "login_success");
    expect(success).toMatchObject({ userId: "user_1", sessionId: expect.stringMatching(/^[\w-]{43}$/), at: START });
    const me = await browser.send("/auth/me");
    expect(await me.json()).toMatchObject({ state: "authenticated", user: { id: "user_1" } });
  });

  test("RD-06 returnTo comes from the sealed flow alone, whatever the callback's query says", async () => {
    const browser = new Browser(testAuth());
    const state = await browser.start("?returnTo=%2Fmine");
    const response = await browser.back(
      state,
      "code=code_1&returnTo=%2Ftheirs&redirect_uri=https%3A%2F%2Fevil.example",
    );
    expect(response.headers.get("Location")).toBe("/mine");
  });

  test("OA-04 two sign-ins in two tabs both finish, each at its own place", async () => {
    const browser = new Browser(testAuth());
    const [a, b] = [await browser.start("?returnTo=%2Fa"), await browser.start("?returnTo=%2Fb")];
    expect(browser.named("flow")).toHaveLength(2);
    expect((await browser.back(b)).headers.get("Location")).toBe("/b");
    expect((await browser.back(a)).headers.get("Location")).toBe("/a");
    expect(browser.named("flow")).toEqual([]);
  });

  test("CK-17 a sign-in over an old session has a new id; the old one is ended and revoked", async () => {
    const ids: string[] = [];
    const kit = testAuth({ onLogin: ({ sessionId }) => void ids.push(sessionId) });
    const browser = new Browser(kit);
    await browser.signIn();
    const old = browser.jar.get("__Host-session")!;
    kit.answers.exchange = () => kit.tokens({ sid: "sid_2" });
    await browser.signIn();
    await kit.settle();
    expect(new Set(ids).size).toBe(2);
    expect(browser.jar.get("__Host-session")).not.toBe(old);
    expect(asked(kit, "revoke")).toMatchObject([{ input: { sid: "sid_1" } }]);
    kit.clock.now += 301;
    browser.jar.set("__Host-session", old);
    expect(await (await browser.send("/auth/me")).json()).toEqual({ state: "anonymous" });
  });

  test("OA-20 who somebody is comes from the token's subject, whatever the e-mail address looks like", async () => {
    for (const email of ["a@evil.com@corp.com", "ada＠example.com", "ADA@EXAMPLE.COM"]) {
      const seen: unknown[] = [];
      const kit = testAuth({ onLogin: ({ user, claims }) => void seen.push([claims.iss, claims.sub, user]) });
      kit.answers.exchange = async () => ({ ...(await kit.tokens()), user: { id: "user_1", email } });
      await new Browser(kit).signIn();
      expect(seen).toEqual([["https://idp.example", "user_1", { id: "user_1", email }]]);
      expect(JSON.stringify(kit.events)).not.toContain(email);
    }
  });

  test("OA-21 an impersonated sign-in is told and shown as such, and over after an hour, renewed or not", async () => {
    const kit = testAuth();
    const impersonator = { email: "support@example.com", reason: "asked for" };
    kit.answers.exchange = async () => ({ ...(await kit.tokens()), impersonator });
    const browser = new Browser(kit);
    const response = await browser.signIn();
    expect(response.headers.getSetCookie()[0]).toMatch(/^__Host-session=.*; Max-Age=3600;/);
    await kit.settle();
    const told = kit.events.filter(({ type }) => type === "login_success" || type === "impersonation");
    expect(told.map(({ type, userId }) => [type, userId])).toEqual([
      ["login_success", "user_1"],
      ["impersonation", "user_1"],
    ]);
    expect(JSON.stringify(kit.events)).not.toContain("support@");
    for (let minutes = 4; minutes < 60; minutes += 4) {
      kit.clock.now = START + minutes * 60;
      const me = await (await browser.send("/auth/me")).json();
      expect([minutes, me]).toMatchObject([minutes, { state: "authenticated", impersonator }]);
    }
    kit.clock.now = START + 3_600;
    expect(await (await browser.send("/auth/me")).json()).toEqual({ state: "anonymous" });
    expect(browser.named("session")).toEqual([]);
  });

  test("a Strict cookie arrives through a page of ours, because a redirect would still be the provider's", async () => {
    const kit = testAuth({ cookie: { sameSite: "strict" } });
    const response = await new Browser(kit).signIn("?returnTo=%2Fx%3Fa%3D1%26b%3D2");
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()[0]).toMatch(/^__Host-session=.*SameSite=Strict$/);
    expect(await response.text()).toContain('<meta http-equiv="refresh" content="0;url=/x?a=1&amp;b=2">');
  });

  test("flow cookies stay host-only and Lax where the session is shared with a parent domain", async () => {
    const kit = testAuth({ cookie: { domain: "example.com", sameSite: "strict" } });
    const lines = (await kit.auth.login(new Request(`${ORIGIN}/auth/login`))).headers.getSetCookie();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^__Host-edgeseal-flow-[\w-]{16}=es1\.[\w-]+; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
  });
});

describe("onLogin", () => {
  test("a hook that throws refuses: 403, no session, the provider's session revoked, its words nowhere", async () => {
    const kit = testAuth({
      onLogin: () => {
        throw new Error("CANARY");
      },
    });
    const browser = new Browser(kit);
    const text = await expectPage(await browser.signIn(), 403, "login_refused");
    await kit.settle();
    expect(text).not.toContain("CANARY");
    expect(JSON.stringify(kit.events)).not.toContain("CANARY");
    expect([...browser.jar]).toEqual([]);
    expect(asked(kit, "revoke")).toEqual([{ method: "revoke", input: { sid: "sid_1", refreshToken: "refresh-1" } }]);
    expect(failures(kit)).toEqual(["login_refused"]);
    expect(kit.events.at(-1)).toMatchObject({ type: "login_failure", detail: "Error" });
  });

  test.each([
    ["/welcome", "/welcome", []],
    ["//evil.example", "/asked", ["return_to_rejected"]],
    ["https://evil.example/", "/asked", ["return_to_rejected"]],
    ["", "/asked", []],
  ])("RD-01 a path it returns (%j) goes through the same gate", async (returned, location, told) => {
    const kit = testAuth({ onLogin: async () => returned });
    const response = await new Browser(kit).signIn("?returnTo=%2Fasked");
    expect(response.headers.get("Location")).toBe(location);
    expect(kit.events.map(({ type }) => type).filter((type) => type === "return_to_rejected")).toEqual(told);
  });
});
