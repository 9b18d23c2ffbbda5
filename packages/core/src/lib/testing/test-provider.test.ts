import { afterEach, describe, expect, it, vi } from "vitest";
import { createKit, type Kit } from "../../../test/kit.js";
import { isAuthError } from "../base/errors.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { createKeySource } from "../token/key-source.js";
import { verifyToken } from "../token/verify.js";
import { createTestProvider } from "./test-provider.js";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const KINDS = ["workos", "oidc"] as const;
const PLACES = {
  workos: {
    issuer: "https://api.workos.com/user_management/client_01TESTTESTTEST",
    jwksUrl: "https://api.workos.com/sso/jwks/client_01TESTTESTTEST",
  },
  oidc: { issuer: "https://login.example.com", jwksUrl: "https://login.example.com/.well-known/openid-configuration" },
} as const;
const count = ({ provider }: Kit, kind: string) => provider.calls.filter((call) => call.kind === kind).length;

/** A visit of that browser, which takes the cookies of the answer. */
async function visit(kit: Kit, browser: ReturnType<Kit["browser"]>) {
  const auth = await kit.auth.validateRequest(browser.request("/"), kit.background);
  browser.receive(auth);
  return auth;
}

describe.each(KINDS)("createTestProvider as %s, under an auth of ours", (kind) => {
  it("a person is who the test says, with live tokens and no call but the one for the keys", async () => {
    const kit = createKit(kind);
    const who = { organizationId: "org_1", role: "admin", permissions: ["projects:read"] };
    const person = { ...who, user: { id: "user_7", firstName: "Ada" }, claims: { plan: "team" } };
    const auth = await visit(kit, kit.browser(await kit.provider.cookieFor(person)));
    expect(auth).toMatchObject({
      ...who,
      state: "authenticated",
      user: { id: "user_7", firstName: "Ada", email: "user_7@example.com" },
      claims: { sub: "user_7", plan: "team" },
    });
    expect(kit.provider.calls).toEqual([{ kind: "jwks", at: kit.clock.now() }]);
  });

  it("an expired session is renewed with its permissions, its organisation and its sid", async () => {
    const kit = createKit(kind);
    const browser = kit.browser(
      await kit.provider.cookieFor({ organizationId: "org_1", permissions: ["a"], expiresInSeconds: -30 }),
    );
    const renewed = await visit(kit, browser);
    expect(renewed).toMatchObject({ state: "authenticated", refreshed: true, permissions: ["a"] });
    kit.clock.advance(400);
    const again = await visit(kit, browser);
    expect(again).toMatchObject({ state: "authenticated", refreshed: true, organizationId: "org_1" });
    expect(count(kit, "refresh")).toBe(2);
    if (renewed.state !== "authenticated" || again.state !== "authenticated") throw new Error("not signed in");
    expect(again.claims.sid).toBe(renewed.claims.sid);
  });

  it("keys that rotated under a session cost one refresh, and nobody is logged out", async () => {
    const kit = createKit(kind);
    const browser = kit.browser(await kit.provider.cookieFor({}));
    kit.provider.rotateKeys();
    expect(await visit(kit, browser)).toMatchObject({ state: "authenticated", refreshed: true });
    expect(count(kit, "refresh")).toBe(1);
  });

  it.each(["network", "429", "500", "cut", "malformed"] as const)(
    "a refresh that fails by %s is an outage",
    async (how) => {
      const kit = createKit(kind);
      const browser = kit.browser(await kit.provider.cookieFor({ expiresInSeconds: -30 }));
      const before = browser.cookie();
      kit.provider.fail("refresh", how);
      expect((await visit(kit, browser)).state).toBe("unavailable");
      expect([browser.cookie(), count(kit, "refresh")]).toEqual([before, 1]);
    },
  );

  it("fails as often as it was told to, then works again", async () => {
    const kit = createKit(kind);
    const browser = kit.browser(await kit.provider.cookieFor({ expiresInSeconds: -30 }));
    kit.provider.fail("refresh", "network", 2);
    const states: string[] = [];
    for (let round = 0; round < 3; round++) {
      states.push((await visit(kit, browser)).state);
      kit.clock.advance(120);
    }
    expect(states).toEqual(["unavailable", "unavailable", "authenticated"]);
  });

  it("a session that the provider ended is over", async () => {
    const kit = createKit(kind);
    const browser = kit.browser(await kit.provider.cookieFor({ expiresInSeconds: -30 }));
    kit.provider.fail("refresh", "invalid_grant");
    expect(await visit(kit, browser)).toMatchObject({ state: "anonymous" });
    expect(browser.cookie()).toBeUndefined();
  });

  it("a whole sign-in: login, the provider, callback, session, log-out", async () => {
    const kit = createKit(kind);
    const browser = kit.browser();
    const { auth, background, provider } = kit;
    const login = await auth.handler(browser.request("/auth/login?returnTo=/a", { headers: NAVIGATION }), background);
    if (login === null) throw new Error("no route");
    browser.receive(login);
    const sent = await provider.fetch(login.headers.get("Location") ?? "", { redirect: "manual" });
    expect(sent.status).toBe(302);
    const callback = await auth.handler(
      browser.request(sent.headers.get("Location") ?? "", { headers: NAVIGATION }),
      background,
    );
    if (callback === null) throw new Error("no route");
    browser.receive(callback);
    expect([callback.status, callback.headers.get("Location")]).toEqual([303, "/a"]);
    expect(await visit(kit, browser)).toMatchObject({ state: "authenticated", user: { id: "user_1" } });
    const logout = await auth.handler(
      browser.request("/auth/logout", { method: "POST", headers: { ...NAVIGATION, "Sec-Fetch-Site": "same-origin" } }),
      background,
    );
    await background.settled();
    expect(logout?.headers.get("Location")).toMatch(/logout/);
    expect(provider.calls.map((call) => call.kind)).toEqual(["exchange", "jwks", "logout"]);
  });

  it("a session too large for one cookie comes as the browser would send it", async () => {
    const kit = createKit(kind);
    // Nothing that deflates: each name is of its own.
    const permissions = Array.from({ length: 120 }, () => crypto.randomUUID());
    const cookie = await kit.provider.cookieFor({ permissions });
    expect(cookie.split("; ").length).toBeGreaterThan(1);
    expect(await visit(kit, kit.browser(cookie))).toMatchObject({ state: "authenticated", permissions });
  });

  it("a bearer token verifies with the published keys, until they rotate", async () => {
    const { clock, provider } = createKit(kind);
    const token = await provider.bearerFor({ permissions: ["projects:read"] });
    const expired = await provider.bearerFor({ expiresInSeconds: -1 });
    const { issuer, jwksUrl } = PLACES[kind];
    const runtime = { fetch: provider.fetch, now: clock.now };
    const verify = (text: string) =>
      verifyToken(text, createKeySource(jwksUrl, runtime), {
        issuer,
        clientId: "client_01TESTTESTTEST",
        now: clock.now,
      });
    expect(await verify(token)).toMatchObject({ ok: true, claims: { permissions: ["projects:read"] } });
    expect(await verify(expired)).toEqual({ ok: false, reason: "token_expired" });
    provider.rotateKeys();
    expect(await verify(token)).toEqual({ ok: false, reason: "key_not_found" });
    expect((await verify(await provider.bearerFor({}))).ok).toBe(true);
  });

  it("cookie name and realm are those of the tested app", async () => {
    const more = { cookie: { name: "__Host-app" }, realm: "preview:pr-12" } as const;
    const kit = createKit(kind, more);
    const cookie = await kit.provider.cookieFor({});
    expect(cookie).toMatch(/^__Host-app=es1\./);
    expect((await visit(kit, kit.browser(cookie))).state).toBe("authenticated");
  });
});

const NAVIGATION = { "Sec-Fetch-Mode": "navigate" };

describe("createTestProvider.fetch", () => {
  const sessionKeys = generateSessionKeys();
  const as = { workos: { clientId: "client_01TESTTESTTEST" } } as const;
  const JWKS_URL = `https://api.workos.com/sso/jwks/${as.workos.clientId}`;

  it.each(["https://api.example.com/a?secret=1", "https://api.workos.com.evil.example/", "http://api.workos.com/"])(
    "another host fails loudly, without its query: %s",
    async (url) => {
      const said = vi.spyOn(console, "error").mockImplementation(() => {});
      const provider = createTestProvider({ as, sessionKeys });
      await expect(provider.fetch(url)).rejects.toThrow(/not its own/);
      expect(said.mock.calls).toEqual([[expect.stringContaining(new URL(url).origin)]]);
      expect(said.mock.calls.join()).not.toContain("secret");
      expect(provider.calls).toEqual([]);
    },
  );

  it("`timeout` never answers; the signal of the request ends it", async () => {
    const provider = createTestProvider({ as, sessionKeys });
    provider.fail("jwks", "timeout", 2);
    const controller = new AbortController();
    const answer = provider.fetch(JWKS_URL, { signal: controller.signal });
    controller.abort();
    await expect(answer).rejects.toThrow(/abort/i);
    await expect(provider.fetch(JWKS_URL, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it("a delay gives the right answer late", async () => {
    const provider = createTestProvider({ as, sessionKeys });
    await provider.bearerFor({});
    vi.useFakeTimers();
    provider.fail("jwks", { afterMilliseconds: 2_000 });
    let status: number | undefined;
    const answer = provider.fetch(JWKS_URL).then((response) => {
      status = response.status;
    });
    await vi.advanceTimersByTimeAsync(1_999);
    expect(status).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    await answer;
    expect(status).toBe(200);
  });

  it("`cut` begins an answer and breaks off", async () => {
    const provider = createTestProvider({ as, sessionKeys });
    provider.fail("jwks", "cut");
    const answer = await provider.fetch(new Request(JWKS_URL));
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it("429 says when to come back", async () => {
    const provider = createTestProvider({ as, sessionKeys });
    provider.fail("jwks", "429");
    const answer = await provider.fetch(new URL(JWKS_URL));
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([429, "30"]);
  });
});

describe("createTestProvider", () => {
  it("CF-01 refuses what is neither of the two, a missing client id and a bare http address", () => {
    const sessionKeys = generateSessionKeys();
    for (const as of [
      {},
      { workos: { clientId: "" } },
      { oidc: { issuer: "http://login.example.com", clientId: "a" } },
    ]) {
      try {
        createTestProvider({ as: as as never, sessionKeys });
        expect.unreachable();
      } catch (error) {
        expect(isAuthError(error, "config_invalid")).toBe(true);
      }
    }
  });

  it("CF-01 refuses session keys that no app would accept", () => {
    expect(() => createTestProvider({ as: { workos: { clientId: "client_1" } }, sessionKeys: "1:short" })).toThrow(
      /SESSION_KEYS/,
    );
  });
});
