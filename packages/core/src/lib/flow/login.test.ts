import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Browser, ORIGIN, START, testAuth } from "../../../test/auth-kit.js";
import { AuthError } from "../base/errors.js";
import { flowCookieName, flowStartedAt, flowsToEvict, newFlowId } from "./flow-cookies.js";

describe("GET /auth/login", () => {
  test("RD-01 a foreign returnTo is told and falls back to /", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const response = await browser.signIn(`?returnTo=${encodeURIComponent("https://evil.example/")}`);
    expect(response.headers.get("Location")).toBe("/");
    expect(kit.events.filter(({ type }) => type === "return_to_rejected")).toHaveLength(1);
  });

  test("RD-02, RD-03 a path that would become another host, and one that no parser takes, fall back to /", async () => {
    for (const returnTo of ["/.//evil.example", "/..//evil.example", "//[", "/%2f%2fevil.example"]) {
      const response = await new Browser(testAuth()).signIn(`?returnTo=${encodeURIComponent(returnTo)}`);
      expect(response.headers.get("Location")).toBe("/");
    }
  });

  test("OA-12 the redirect URI is the provider's, whatever host the request claims", async () => {
    const kit = testAuth();
    for (const headers of [
      { "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http" },
      { Forwarded: "host=evil.example" },
      { "X-Original-URL": "https://evil.example/", "X-Rewrite-URL": "//evil.example" },
    ]) {
      const response = await new Browser(kit).send("/auth/login", { headers });
      expect(response.status).toBe(302);
      const location = new URL(response.headers.get("Location") ?? "");
      expect(location.origin).toBe("https://idp.example");
      expect(location.searchParams.get("redirect_uri")).toBe(`${ORIGIN}/auth/callback`);
    }
    const fromEvilHost = await kit.auth.login(new Request("https://evil.example/auth/login"));
    expect(fromEvilHost.headers.get("Location")).toContain(encodeURIComponent(`${ORIGIN}/auth/callback`));
    expect(JSON.stringify(kit.calls)).not.toContain("evil.example");
  });

  test("sends state, challenge and nonce, what was asked for, and nothing that was not", async () => {
    const kit = testAuth();
    const response = await new Browser(kit).send(
      "/auth/login?returnTo=%2Fx&screen=sign-up&organizationId=org_1&loginHint=ada%40example.com&prompt=none",
    );
    expect(response.status).toBe(302);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect(response.headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(kit.calls).toEqual([
      {
        method: "authorizationUrl",
        input: {
          state: expect.stringMatching(/^[\w-]{16}\.[\w-]{43}$/),
          codeChallenge: expect.stringMatching(/^[\w-]{43}$/),
          nonce: expect.stringMatching(/^[\w-]{22}$/),
          screen: "sign-up",
          organizationId: "org_1",
          loginHint: "ada@example.com",
        },
      },
    ]);
    expect(kit.fetched).toEqual([]);
    expect(kit.events).toEqual([]);
  });

  test("an unknown screen and an endless hint are left out", async () => {
    const kit = testAuth();
    await new Browser(kit).send(`/auth/login?screen=evil&loginHint=${"a".repeat(255)}`);
    expect(Object.keys(kit.calls[0]?.input as object)).toEqual(["state", "codeChallenge", "nonce"]);
  });

  test.each(["../x", "a b", "org.1", "org/1", "x".repeat(129), ""])(
    "RF-16 an organisation id that cannot be one (%j) is 400, and no flow begins",
    async (organizationId) => {
      const kit = testAuth();
      const response = await new Browser(kit).send(`/auth/login?${new URLSearchParams({ organizationId })}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ error: "invalid_organization" });
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(kit.calls).toEqual([]);
    },
  );

  test.each([
    ["Sec-Purpose", "prefetch"],
    ["Sec-Purpose", "prefetch;prerender"],
    ["Purpose", "prefetch"],
    ["X-Moz", "prefetch"],
  ])("a prefetch (%s: %s) begins no flow and is not kept", async (name, value) => {
    const kit = testAuth();
    const response = await new Browser(kit).send("/auth/login", { headers: { [name]: value } });
    expect([response.status, response.headers.get("Location")]).toEqual([503, null]);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(kit.calls).toEqual([]);
  });

  test("a provider that cannot name its own page is an outage with a page", async () => {
    const broken = testAuth({ provider: brokenProvider() });
    const response = await new Browser(broken).send("/auth/login");
    expect(response.status).toBe(503);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(broken.events).toMatchObject([{ type: "login_failure", reason: "provider_unreachable" }]);
  });
});

test("an issuer that is not the provider's own is named in the event, and on no page", async () => {
  const words = "The discovery document of https://id.example.com/ is not one of that issuer.";
  const provider = brokenProvider(new AuthError("provider_malformed", words));
  const misnamed = testAuth({ provider });
  const response = await new Browser(misnamed).send("/auth/login");
  expect([response.status, await response.text()]).toEqual([503, expect.not.stringContaining("id.example.com")]);
  expect(misnamed.events).toMatchObject([{ type: "login_failure", reason: "provider_unreachable", detail: words }]);
});

function brokenProvider(error: Error = new TypeError("discovery failed")) {
  const fail = async () => {
    throw error;
  };
  return {
    name: "test",
    jwksUrl: "https://idp.example/jwks",
    verify: { issuer: "https://idp.example", clientId: "client_1" },
    authorizationUrl: fail,
    exchange: fail,
    refresh: fail,
    logoutUrl: () => null,
  };
}

describe("flow cookies", () => {
  test("CK-10 forty abandoned sign-ins leave five flow cookies, the newest ones", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const states: string[] = [];
    for (let i = 0; i < 40; i++) {
      states.push(await browser.start(`?returnTo=${encodeURIComponent(`/${"a".repeat(1_000)}`)}`));
      kit.clock.now += 1;
      expect(browser.named("flow").length).toBeLessThanOrEqual(5);
    }
    const kept = states.slice(-5).map((state) => flowCookieName(state.split(".")[0] ?? ""));
    expect(browser.named("flow").sort()).toEqual(kept.sort());
    const header = browser.request("/").headers.get("Cookie") ?? "";
    expect(header.length).toBeLessThan(12_000);
    expect((await browser.back(states[36] ?? "")).status).toBe(303);
  });

  test("CK-10 what is too old, or only looks like a flow, is deleted at the next sign-in", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    await browser.start();
    browser.jar.set("__Host-edgeseal-flow-nonsense", "x");
    kit.clock.now += 600;
    await browser.start();
    expect(browser.named("flow")).toHaveLength(1);
  });

  test("CK-10 a flow cookie with a name as long as a header is left alone, and nothing throws", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    browser.jar.set(`__Host-edgeseal-flow-${"a".repeat(5_000)}`, "x");
    const answers = [
      await kit.auth.handler(browser.request("/auth/login")),
      await kit.auth.handler(
        browser.request("/auth/logout", { method: "POST", headers: { "Sec-Fetch-Site": "same-origin" } }),
      ),
    ];
    expect(answers.map((answer) => answer?.status)).toEqual([302, 200]);
    for (const answer of answers) expect(answer?.headers.getSetCookie().join()).not.toContain("aaaa");
  });

  test("CK-10 thousands of flow cookies delete at most 20 at a time", () => {
    const names = Array.from({ length: 3_000 }, (_, i) => flowCookieName(newFlowId(START + i)));
    expect(flowsToEvict(names, START + 100)).toHaveLength(20);
  });

  test("an id carries its time and is canonical", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (now) => {
        const id = newFlowId(now);
        expect(id).toMatch(/^[\w-]{16}$/);
        expect(flowStartedAt(id)).toBe(now);
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (text) => {
        const startedAt = flowStartedAt(text);
        expect(startedAt === null || /^[\w-]{16}$/.test(text)).toBe(true);
      }),
    );
    expect(flowStartedAt("")).toBeNull();
  });
});

describe("RD-05 a session cookie that never comes back", () => {
  test("RD-05 after two rounds within a minute: a page, told, and no third redirect", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    for (let round = 0; round < 2; round++) {
      expect((await browser.signIn()).status).toBe(303);
      browser.jar.delete("__Host-session");
    }
    const response = await browser.send("/auth/login?returnTo=%2Fx");
    expect(response.status).toBe(400);
    expect(response.headers.get("Location")).toBeNull();
    const text = await response.text();
    expect(text).toContain("<code>cookies_blocked</code>");
    expect(text).toContain('href="/auth/login?returnTo=%2Fx"');
    expect(kit.events.at(-1)).toMatchObject({ type: "login_failure", reason: "cookies_blocked" });
    expect(browser.named("flow")).toEqual([]);
    // The person changed a setting and tries again.
    expect((await browser.send("/auth/login")).status).toBe(302);
  });

  test("RD-05 a browser that keeps its session may sign in as often as it likes", async () => {
    const browser = new Browser(testAuth());
    for (let round = 0; round < 12; round++) expect((await browser.signIn()).status).toBe(303);
  });

  test("RD-05 so may one whose session travels in parts", async () => {
    const kit = testAuth();
    const permissions = Array.from({ length: 150 }, () => crypto.randomUUID());
    kit.answers.exchange = () => kit.tokens({ permissions });
    const browser = new Browser(kit);
    for (let round = 0; round < 4; round++) expect((await browser.signIn()).status).toBe(303);
    expect([...browser.jar.keys()]).toContain("__Host-session.1");
    expect(browser.jar.has("__Host-session")).toBe(false);
  });

  test("RD-05 logging out forgets the rounds", async () => {
    const browser = new Browser(testAuth());
    for (let round = 0; round < 4; round++) {
      expect((await browser.signIn()).status).toBe(303);
      await browser.send("/auth/logout", { method: "POST" });
      expect([...browser.jar]).toEqual([]);
    }
  });

  test.each(["0", "10", "-1", "2x", "9999999999", ""])(
    "RD-05 a count that is none of ours (%j) counts nothing",
    async (count) => {
      const browser = new Browser(testAuth());
      browser.jar.set("__Host-edgeseal-round", count);
      expect((await browser.send("/auth/login")).status).toBe(302);
    },
  );
});
