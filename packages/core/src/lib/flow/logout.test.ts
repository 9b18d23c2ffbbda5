import { describe, expect, test } from "vitest";
import { Browser, ORIGIN, signedIn, testAuth } from "../../../test/auth-kit.js";

describe("POST /auth/logout", () => {
  test.each([
    "https://evil.example/",
    "//evil.example",
    "/.//evil.example",
    "https://app.example.com.evil.example/",
    "https://app.example.com/",
    "javascript:alert(1)",
  ])("OA-18 a foreign returnTo (%s) never reaches the provider", async (returnTo) => {
    const { kit, browser } = await signedIn();
    const response = await browser.send("/auth/logout", { form: { returnTo } });
    expect(response.status).toBe(303);
    const location = new URL(response.headers.get("Location") ?? "");
    expect(location.searchParams.get("return_to")).toBe(`${ORIGIN}/`);
    expect(kit.events.map(({ type }) => type)).toEqual(["logout", "return_to_rejected"]);
  });

  test("OA-12, OA-18 the way back is this request's own origin, whatever forwarded headers say", async () => {
    const { browser } = await signedIn();
    const response = await browser.send("/auth/logout", {
      form: { returnTo: "/bye" },
      headers: { "X-Forwarded-Host": "evil.example", Forwarded: "host=evil.example" },
    });
    expect(response.headers.get("Location")).toBe(
      `https://idp.example/logout?sid=sid_1&return_to=${encodeURIComponent(`${ORIGIN}/bye`)}`,
    );
  });

  test("a form is sent on to the provider, every cookie of ours is gone, and the old cookie renews nothing", async () => {
    const { kit, browser } = await signedIn();
    const old = browser.jar.get("__Host-session")!;
    await browser.start();
    browser.jar.set("__Host-edgeseal-pending", "x");
    const response = await browser.send("/auth/logout", { form: {} });
    await kit.settle();
    expect(response.status).toBe(303);
    expect(response.headers.get("Location")).toBe("https://idp.example/logout?sid=sid_1");
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect([...browser.jar]).toEqual([]);
    expect(kit.events).toMatchObject([
      { type: "logout", userId: "user_1", sessionId: expect.stringMatching(/^[\w-]{43}$/) },
    ]);
    expect(kit.calls.filter(({ method }) => method === "revoke")).toHaveLength(1);
    kit.clock.now += 301;
    browser.jar.set("__Host-session", old);
    expect(await (await browser.send("/auth/me")).json()).toEqual({ state: "anonymous" });
    expect(kit.calls.filter(({ method }) => method === "refresh")).toEqual([]);
  });

  test("the event names the organisation the person acted in, so that its log has it", async () => {
    const { kit, browser } = await signedIn();
    await browser.send("/auth/switch-org", { json: { organizationId: "org_2" } });
    await browser.send("/auth/logout", { form: {} });
    expect(kit.events.at(-1)).toMatchObject({ type: "logout", userId: "user_1", organizationId: "org_2" });
  });

  test("a program is told the provider's URL", async () => {
    const { browser } = await signedIn();
    const response = await browser.send("/auth/logout", { json: { returnTo: "/bye" } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      logoutUrl: `https://idp.example/logout?sid=sid_1&return_to=${encodeURIComponent(`${ORIGIN}/bye`)}`,
    });
    expect([...browser.jar]).toEqual([]);
  });

  test.each(["nothing at all", "es1.garbage", "%", "es1.AAAA", "x".repeat(9_000)])(
    "works with a cookie that cannot be opened: %s",
    async (value) => {
      const kit = testAuth();
      const browser = new Browser(kit);
      if (value !== "nothing at all") browser.jar.set("__Host-session", value);
      const program = await browser.send("/auth/logout", { method: "POST" });
      expect([program.status, await program.json()]).toEqual([200, { logoutUrl: null }]);
      expect(program.headers.getSetCookie()).toEqual([
        "__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax",
      ]);
      const form = await browser.send("/auth/logout", { form: { returnTo: "/bye" } });
      expect([form.status, form.headers.get("Location")]).toEqual([303, "/bye"]);
      expect(kit.events.some(({ type }) => type === "logout")).toBe(false);
    },
  );

  test("works although the ledger is down", async () => {
    const down = async (): Promise<never> => {
      throw new Error("durable object reset");
    };
    const { kit, browser } = await signedIn({
      ledger: { getByName: () => ({ claim: down, settle: down, spend: down }) },
    });
    const response = await browser.send("/auth/logout", { form: {} });
    await kit.settle();
    expect(response.status).toBe(303);
    expect([...browser.jar]).toEqual([]);
  });

  test("a body that is neither JSON nor a form is 400 and ends nothing", async () => {
    const { browser } = await signedIn();
    for (const type of ["text/plain", "multipart/form-data; boundary=x", "application/json;,text/plain"]) {
      const response = await browser.send("/auth/logout", {
        method: "POST",
        body: "returnTo=/",
        headers: { "Content-Type": type },
      });
      expect([response.status, await response.json()]).toEqual([400, { error: "invalid_request" }]);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    expect(browser.named("__Host-session")).toHaveLength(1);
  });

  test("auth.logout takes the path as an option and reads no body", async () => {
    const { kit, browser } = await signedIn();
    const response = await kit.auth.logout(browser.request("/goodbye", { form: { anything: "x" } }), {
      returnTo: "/bye",
    });
    expect(response.headers.get("Location")).toContain(encodeURIComponent(`${ORIGIN}/bye`));
  });
});
