import { describe, expect, test } from "vitest";
import {
  asked,
  Browser,
  expectPage,
  failures,
  ORIGIN,
  START,
  signedIn,
  type TestAuth,
  testAuth,
} from "../../../test/auth-kit.js";
import { createGuard } from "../auth/guard.js";

const guard = createGuard({
  guards: { "/billing/*": { recentAuth: { withinSeconds: 600 } } },
  now: () => START + 3_600,
});

/** What the app's guarded part answers; `null`: it lets them in. */
async function open(browser: Browser, path: string, init: RequestInit = {}): Promise<Response | null> {
  const { kit } = browser;
  const admission = await guard.admit(kit.auth, browser.request(path, init), kit.background);
  return "answer" in admission ? admission.answer : null;
}

/** Somebody who signed in an hour ago, in an organisation. */
async function anHourLater(claims: Record<string, unknown> = {}): Promise<{ kit: TestAuth; browser: Browser }> {
  const kit = testAuth();
  const tokens = (authTime: number | undefined) =>
    kit.tokens({ exp: START + 10_000, ...(authTime !== undefined && { auth_time: authTime }), ...claims });
  kit.answers.exchange = () => tokens(START);
  const browser = new Browser(kit);
  await browser.signIn();
  kit.clock.now = START + 3_600;
  kit.answers.exchange = () => tokens(kit.clock.now);
  kit.calls.length = 0;
  kit.events.length = 0;
  return { kit, browser };
}

/** From our own redirect to the provider and back. */
async function signInAgain(browser: Browser, answer: Response | null): Promise<Response> {
  const location = answer?.headers.get("Location") ?? "";
  expect(location).toMatch(/^\/auth\/login\?/);
  return browser.back(await browser.start(location.slice("/auth/login".length)));
}

describe("a sign-in that is to be recent", () => {
  test("a provider that shows an old sign-in again is not asked a second time: a page says so, and the session stays", async () => {
    const { kit, browser } = await anHourLater();
    kit.answers.exchange = () => kit.tokens({ exp: START + 10_000, auth_time: START });
    const before = new Map(browser.jar);
    const answer = await signInAgain(browser, await open(browser, "/billing/plan"));
    await expectPage(answer, 403, "sign_in_not_recent");
    expect(failures(kit)).toEqual(["sign_in_not_recent"]);
    expect(asked(kit, "revoke")).toEqual([]);
    expect(browser.jar.get("__Host-session")).toBe(before.get("__Host-session"));
    expect(await (await browser.send("/auth/me")).json()).toMatchObject({ state: "authenticated" });
  });

  test.each([
    ["no time", undefined],
    ["a time of tomorrow", START + 90_000],
  ])("a provider that shows %s has not signed anybody in anew", async (_, authTime) => {
    const { kit, browser } = await anHourLater();
    kit.answers.exchange = () =>
      kit.tokens({ exp: START + 10_000, ...(authTime !== undefined && { auth_time: authTime }) });
    const answer = await signInAgain(browser, await open(browser, "/billing/plan"));
    await expectPage(answer, 403, "sign_in_not_recent");
  });

  test("a script that posts the code is told the same as JSON", async () => {
    const { kit, browser } = await anHourLater();
    kit.answers.exchange = () => kit.tokens({ exp: START + 10_000, auth_time: START });
    const state = await browser.start("?maxAgeSeconds=600");
    const answer = await browser.send("/auth/token", { json: { code: "code_1", state } });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ error: "sign_in_not_recent", loginUrl: "/auth/login" });
  });

  test("what is asked cannot be taken out of a flow that began, nor changed by the callback's address", async () => {
    const { kit, browser } = await anHourLater();
    kit.answers.exchange = () => kit.tokens({ exp: START + 10_000, auth_time: START });
    const state = await browser.start("?maxAgeSeconds=600");
    await expectPage(await browser.back(state, "code=code_1&maxAgeSeconds=99999"), 403, "sign_in_not_recent");
  });

  test.each(["", "-1", "1.5", "1e3", "abc", "1234567890123456"])(
    "%j is no age, and asks for nothing",
    async (maxAgeSeconds) => {
      const kit = testAuth();
      await new Browser(kit).send(`/auth/login?${new URLSearchParams({ maxAgeSeconds })}`);
      expect(kit.calls[0]?.input).not.toHaveProperty("maxAgeSeconds");
    },
  );

  test.each([Number.NaN, -1, 0.5, Infinity, "600"])("nor is %j from code", async (maxAgeSeconds) => {
    const kit = testAuth();
    await kit.auth.login(new Browser(kit).request("/login"), { maxAgeSeconds: maxAgeSeconds as number });
    expect(kit.calls[0]?.input).not.toHaveProperty("maxAgeSeconds");
  });

  test("a program gets 403, what is missing, and where to sign in anew", async () => {
    const { kit, browser } = await anHourLater({ org_id: "org_1" });
    const answer = await open(browser, "/billing/plan", { headers: { "Sec-Fetch-Mode": "cors" } });
    expect(answer?.status).toBe(403);
    expect(answer?.headers.get("Cache-Control")).toBe("private, no-store");
    expect(await answer?.json()).toEqual({
      error: "forbidden",
      missing: { recentAuth: { withinSeconds: 600 } },
      loginUrl: "/auth/login?maxAgeSeconds=600&organizationId=org_1",
    });
    expect(kit.events).toMatchObject([{ type: "forbidden", reason: "recentAuth", userId: "user_1" }]);
  });

  test("a form that was sent is not sent elsewhere: 403, as its body would be lost", async () => {
    const { browser } = await anHourLater();
    const answer = await open(browser, "/billing/plan", { method: "POST", headers: { "Sec-Fetch-Mode": "navigate" } });
    expect(answer?.status).toBe(403);
  });

  test("a permission that is missing is no reason to sign in anew", async () => {
    const { kit, browser } = await signedIn();
    const visitor = await kit.auth.validateRequest(browser.request("/x"), kit.background);
    if (visitor.state !== "authenticated") throw new Error(visitor.state);
    const answer = visitor.deny({ permission: "billing:write" });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ error: "forbidden", missing: { permission: "billing:write" } });
  });

  test("a page load signs in anew in the same organisation, and comes back to where it was going", async () => {
    const { kit, browser } = await anHourLater({ org_id: "org_1" });
    const answer = await open(browser, "/billing/plan?tab=2");
    expect(answer?.status).toBe(302);
    expect(answer?.headers.get("Location")).toBe(
      "/auth/login?maxAgeSeconds=600&organizationId=org_1&returnTo=%2Fbilling%2Fplan%3Ftab%3D2",
    );
    const back = await signInAgain(browser, answer);
    expect(asked(kit, "authorizationUrl")[0]?.input).toMatchObject({ maxAgeSeconds: 600, organizationId: "org_1" });
    expect(back.status).toBe(303);
    expect(back.headers.get("Location")).toBe("/billing/plan?tab=2");
    expect(await open(browser, "/billing/plan?tab=2")).toBeNull();
    expect(new URL(`${ORIGIN}${back.headers.get("Location")}`).origin).toBe(ORIGIN);
  });

  test("whoever takes ten minutes less one second for it has signed in recently all the same", async () => {
    const { kit, browser } = await anHourLater();
    const state = await browser.start("?maxAgeSeconds=0");
    kit.answers.exchange = () => kit.tokens({ exp: START + 10_000, auth_time: START + 3_600 });
    kit.clock.now += 599;
    expect((await browser.back(state)).status).toBe(303);
  });

  test.each([
    [-5, 303],
    [-6, 403],
  ])("of a clock that runs behind, 5 seconds are forgiven: %s gives %s", async (behind, status) => {
    const { kit, browser } = await anHourLater();
    kit.answers.exchange = () => kit.tokens({ exp: START + 10_000, auth_time: START + 3_600 + behind });
    expect((await browser.back(await browser.start("?maxAgeSeconds=0"))).status).toBe(status);
  });

  test("a flow without an age says nothing of one", async () => {
    const { kit, browser } = await anHourLater();
    kit.answers.exchange = () => kit.tokens({ exp: START + 10_000, auth_time: START });
    expect((await browser.signIn("?returnTo=%2Fbilling%2Fplan")).status).toBe(303);
  });
});
