import { afterEach, describe, expect, test, vi } from "vitest";
import { Browser, ORIGIN, START, testAuth } from "../../../test/auth-kit.js";
import { createSigner, jwksOf } from "../../../test/tokens.js";
import { createCsrf } from "../policy/csrf.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { legacySessions } from "../session/legacy-sessions.js";
import { sealSession } from "../session/sealed-store.js";
import { createValidator } from "./create-validator.js";
import { meet } from "./meet.js";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("one Worker, several auths", () => {
  test("CF-03 two realms over one ring share neither sessions nor sign-ins", async () => {
    const keyring = parseSessionKeys(generateSessionKeys());
    const preview = testAuth({ keyring, realm: "preview:pr-12" });
    const production = testAuth({ keyring, realm: "production" });
    const browser = new Browser(preview);
    const state = await browser.start();
    const crossed = await production.auth.callback(browser.request(`/auth/callback?code=c&state=${state}`));
    expect(crossed.status).toBe(400);
    expect(production.calls).toEqual([]);
    await browser.back(state);
    const seen = await production.auth.validateRequest(browser.request("/"));
    expect(seen).toMatchObject({ state: "anonymous", reason: "tampered" });
    expect((await preview.auth.validateRequest(browser.request("/"))).state).toBe("authenticated");
  });

  test("CF-03 one auth's cookie name means nothing to another one", async () => {
    const keyring = parseSessionKeys(generateSessionKeys());
    const one = testAuth({ keyring, cookie: { name: "__Host-one" } });
    const two = testAuth({ keyring, cookie: { name: "__Host-two" } });
    const browser = new Browser(one);
    await browser.signIn();
    const renamed = `__Host-two=${browser.jar.get("__Host-one")}`;
    const seen = await two.auth.validateRequest(new Request(ORIGIN, { headers: { Cookie: renamed } }));
    expect(seen).toMatchObject({ state: "anonymous", reason: "tampered" });
  });
});

test("CS-01 a session in the cookie of an older layout is behind the wall against forged calls", async () => {
  const legacy = legacySessions({ until: "2027-03-01", now: () => START });
  const { auth } = testAuth({ legacy, policies: { csrf: createCsrf() } });
  const headers = { Cookie: "session=x", Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
  const met = await auth[meet](new Request(`${ORIGIN}/api/x`, { method: "POST", headers }));
  expect("answer" in met && [met.answer.status, await met.answer.json()]).toEqual([403, { error: "csrf" }]);
});

test("CF-05 background work that rejects is an event of the next moment, never an unhandled rejection", async () => {
  const told: string[] = [];
  let down = true;
  const kit = testAuth({
    audit: {
      async send({ type }) {
        if (down) throw new Error("queue is down");
        told.push(type);
      },
    },
  });
  const browser = new Browser(kit);
  expect((await browser.signIn()).status).toBe(303);
  await kit.settle();
  down = false;
  await browser.send("/auth/logout", { method: "POST" });
  await kit.settle();
  expect(told).toEqual(expect.arrayContaining(["background_failed", "logout"]));
});

test("CK-18 over a whole visit no token and no sealed value is in a body, an event or a redirect", async () => {
  const kit = testAuth();
  const browser = new Browser(kit);
  const said: string[] = [];
  const cookies: string[] = [];
  const note = async (response: Response) => {
    cookies.push(...response.headers.getSetCookie());
    response.headers.delete("Set-Cookie");
    said.push(JSON.stringify([...response.headers]), await response.text());
  };
  const state = await browser.start("?returnTo=%2Fx");
  await note(await browser.back(state));
  for (const path of ["/auth/me", "/auth/organizations", "/auth/nowhere"]) {
    const response = await kit.auth.handler(browser.request(path));
    if (response) await note(response);
  }
  kit.clock.now += 11;
  await note(await browser.send("/auth/refresh", { method: "POST" }));
  await note(await browser.send("/auth/switch-org", { json: { organizationId: "org_2" } }));
  await note(await browser.back(state));
  await note(await browser.send("/auth/logout", { form: {} }));
  await kit.settle();
  const everything = said.join("\n") + JSON.stringify(kit.events) + JSON.stringify(await kit.auth.describe());
  expect(cookies.some((line) => line.includes("es1."))).toBe(true);
  expect(everything).not.toContain("es1.");
  expect(everything).not.toContain("refresh-");
  expect(everything).not.toContain("eyJ");
  for (const { input } of kit.calls) {
    const { codeVerifier } = input as { codeVerifier?: string };
    if (codeVerifier !== undefined) expect(everything).not.toContain(codeVerifier);
  }
});

describe("describe", () => {
  test("says what is off in a sentence each, and nothing secret", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const bare = testAuth({ ledger: undefined, keyCache: undefined, audit: undefined } as never);
    const described = await bare.auth.describe();
    expect(described).toEqual({
      cookieName: "__Host-session",
      realm: "",
      keys: [{ version: 1, state: "active" }],
      provider: "test",
      missing: [
        expect.stringContaining("ledger"),
        expect.stringContaining("key cache"),
        expect.stringContaining("audit"),
      ],
      lostEvents: 0,
    });
    expect((await testAuth().auth.describe()).missing).toEqual([]);
    const ended = testAuth({ legacy: legacySessions({ until: "2027-01-15" }) });
    expect((await ended.auth.describe()).missing).toEqual([
      "Older layouts are no longer read: the date of `legacy` has come. Remove the option.",
    ]);
  });

  test("RF-13 without a ledger one line is written per isolate, however many auths are made", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    vi.resetModules();
    const { warnWithoutLedger } = await import("./missing-parts.js");
    for (let i = 0; i < 5; i++) warnWithoutLedger();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(/^edgeseal: No ledger/);
  });
});

describe("createValidator", () => {
  test("opens and verifies what an auth sealed, never renews, and keeps the cookie of a token that ended", async () => {
    const keyring = parseSessionKeys(generateSessionKeys());
    const signer = await createSigner("v1", "ES256");
    const issuer = "https://idp.example";
    let now = 1_800_000_000;
    const accessToken = await signer.sign({ iss: issuer, sub: "user_1", client_id: "c", iat: now, exp: now + 300 });
    const text = await sealSession(
      {
        accessToken,
        refreshToken: "refresh",
        sessionId: "s".repeat(43),
        user: { id: "user_1" },
        createdAt: now,
        expiresAt: now + 300,
        endsAt: now + 86_400,
        generation: 0,
      },
      keyring,
      { cookieName: "__Host-session", now: () => now },
    );
    const fetched: string[] = [];
    const validator = createValidator({
      keyring,
      tokens: { name: "t", jwksUrl: `${issuer}/jwks`, verify: { issuer, clientId: "c", algorithms: ["ES256"] } },
      now: () => now,
      fetch: async (url) => {
        fetched.push(url);
        return new Response(jwksOf(signer));
      },
    });
    const request = () => new Request(ORIGIN, { headers: { Cookie: `__Host-session=${text}` } });
    expect(await validator.validateRequest(request())).toMatchObject({
      state: "authenticated",
      user: { id: "user_1" },
    });
    now += 400;
    const ended = await validator.validateRequest(request());
    expect(ended).toMatchObject({ state: "anonymous", reason: "refresh_needed" });
    if (ended.state !== "anonymous") throw new Error("not anonymous");
    const denied = ended.deny();
    expect([denied.status, denied.headers.getSetCookie()]).toEqual([401, []]);
    expect(fetched).toEqual([`${issuer}/jwks`]);
  });
});

test("RF-07 a provider that wants sign-ins to pause is still asked for refreshes", async () => {
  const kit = testAuth();
  const browser = new Browser(kit);
  await browser.signIn();
  kit.answers.exchange = () => ({ ok: false, final: false, retryAfterSeconds: 120 });
  const stranger = new Browser(kit);
  expect((await stranger.signIn()).status).toBe(503);
  kit.answers.exchange = () => kit.tokens();
  expect((await stranger.signIn()).status).toBe(503);
  kit.clock.now += 400;
  expect(await (await browser.send("/auth/me")).json()).toMatchObject({ state: "authenticated" });
});
