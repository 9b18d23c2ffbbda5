import { describe, expect, test } from "vitest";
import { COOKIE_NAME, createBrowser, setCookies } from "../../../test/browser.js";
import { CLIENT_ID, createSigner, ISSUER, NOW, unsignedToken } from "../../../test/tokens.js";
import { createWorld, SESSION_KEYS } from "../../../test/world.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { sessionFromTokens } from "./from-tokens.js";
import { sealSession } from "./sealed-store.js";

const OTHER_KEYS = "9:Xo3mPq7ZrT5wYk1nVb8cLs2dGh6jFa4e";

/** A cookie holding this very token. */
function cookieOf(accessToken: string, more: { refreshToken?: string; now?: number } = {}): Promise<string> {
  const now = () => more.now ?? NOW;
  const { refreshToken } = more;
  const user = { id: "user_01" };
  const session = sessionFromTokens({ accessToken, user, ...(refreshToken && { refreshToken }) }, { now });
  return sealSession(session, parseSessionKeys(SESSION_KEYS, { now }), { cookieName: COOKIE_NAME, now });
}

describe("what is not accepted", () => {
  test("garbage of many forms is anonymous with one event, no cookie, no network", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const good = (await world.signIn(world.isolate())).cookie() ?? "";
    const fetches = world.issuer.fetches;
    const texts = {
      malformed: ["%", "es1.", "es1.AAAA", "Fe26.2**x", good.slice(0, -1), `${good}=`, "x".repeat(20_000)],
      tampered: [`${good.slice(0, 200)}${good[200] === "A" ? "E" : "A"}${good.slice(201)}`],
      unknown_key: [`es1.AAAA${good.slice(8)}`],
    };
    for (const [reason, values] of Object.entries(texts)) {
      for (const value of values) {
        isolate.events.clear();
        const browser = createBrowser();
        browser.plant(value);
        const auth = await isolate.visit(browser);
        expect(auth.state).toBe("anonymous");
        // Of a text cut at a group's end only the tag can tell.
        if (auth.state === "anonymous" && reason !== "malformed") expect(auth.reason).toBe(reason);
        expect(setCookies(auth)).toEqual([]);
        expect(isolate.events.facts).toHaveLength(1);
      }
    }
    expect(world.issuer.fetches).toBe(fetches);
    expect(world.provider.calls).toEqual([]);
    expect(world.ledger.count("claim")).toBe(0);
  });

  test("CK-01 every one-byte cookie value is anonymous, never an error", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    for (let byte = 0; byte < 256; byte++) {
      // A header object of its own: runtimes let NUL, CR and LF into none, and read others as they like.
      const headers = {
        get: (name: string) => (name === "Cookie" ? `${COOKIE_NAME}=${String.fromCharCode(byte)}` : null),
      };
      const request = { method: "GET", url: "https://app.example.com/", headers } as unknown as Request;
      const auth = await isolate.sessions.validate(request, isolate.background);
      const reason = byte === 0x3b || byte === 0x20 || byte === 0x09 ? expect.any(String) : "malformed";
      expect(auth).toMatchObject({ state: "anonymous", reason });
      expect(setCookies(auth)).toEqual([]);
      if (auth.state === "anonymous") expect(auth.deny().status).toBe(401);
    }
    expect(world.issuer.fetches).toBe(0);
  });

  test("CK-03 two cookies of our name: both refused, nothing deleted; beside a domain cookie the host-only twin goes", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const { cookie } = await world.signIn(isolate);
    const twice = { headers: { Cookie: `${COOKIE_NAME}=${cookie()}; ${COOKIE_NAME}=${cookie()}` } };
    const auth = await isolate.sessions.validate(new Request("https://app.example.com/", twice));
    expect(auth).toMatchObject({ state: "anonymous", reason: "ambiguous_cookie" });
    expect(setCookies(auth)).toEqual([]);
    expect(isolate.events.types()).toEqual(["ambiguous_cookie"]);

    const shared = world.isolate({ cookie: { domain: "example.com" } });
    const headers = { Cookie: "__Secure-session=a; __Secure-session=b" };
    const other = await shared.sessions.validate(new Request("https://app.example.com/", { headers }));
    expect(other).toMatchObject({ state: "anonymous", reason: "ambiguous_cookie" });
    expect(setCookies(other)).toEqual(["__Secure-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"]);
  });

  test("CR-07 a cookie of another realm or of another key ring opens nowhere else, and is not deleted", async () => {
    const world = await createWorld();
    const production = world.isolate();
    for (const elsewhere of [world.isolate({ realm: "preview:pr-12" }), world.isolate({ sessionKeys: OTHER_KEYS })]) {
      const here = await world.signIn(production);
      const there = await world.signIn(elsewhere);
      const reason = expect.stringMatching(/^(tampered|unknown_key)$/);
      const first = await elsewhere.visit(here);
      expect(first).toMatchObject({ state: "anonymous", reason });
      const second = await production.visit(there);
      expect(second).toMatchObject({ state: "anonymous", reason });
      expect([...setCookies(first), ...setCookies(second)]).toEqual([]);
    }
  });

  test("CR-09 beyond its absolute end a session is over although sealed again a moment ago, and its cookie goes", async () => {
    const world = await createWorld();
    const isolate = world.isolate({ absoluteSeconds: 1000, idleSeconds: 400 });
    const browser = await world.signIn(isolate, { expiresInSeconds: 5000 });
    for (const seconds of [300, 300, 300]) {
      world.clock.advance(seconds);
      const auth = await isolate.visit(browser);
      expect(auth.state).toBe("authenticated");
      expect(setCookies(auth)).toHaveLength(1);
    }
    world.clock.advance(100);
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "anonymous", reason: "expired" });
    expect(setCookies(auth)).toEqual([`${COOKIE_NAME}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax`]);
    expect(isolate.events.types()).toContain("expired");
    expect(world.provider.count("refresh")).toBe(0);
  });

  test("CR-08 a cookie beyond its idle end is anonymous, and stays where it is", async () => {
    const world = await createWorld();
    const isolate = world.isolate({ idleSeconds: 400 });
    const browser = await world.signIn(isolate, { expiresInSeconds: 5000 });
    expect(browser.cookie()).toBeDefined();
    world.clock.advance(400);
    for (const where of [isolate, world.isolate({ idleSeconds: 400 })]) {
      const auth = await where.visit(browser);
      expect(auth).toMatchObject({ state: "anonymous", reason: "expired" });
      expect(setCookies(auth)).toEqual([]);
    }
  });

  test("every reason of a token is told, and none costs a key fetch unless a key is needed", async () => {
    const world = await createWorld();
    const foreign = await createSigner("key_1", "ES256");
    const claims = { iss: ISSUER, sub: "user_01", client_id: CLIENT_ID, iat: NOW, exp: NOW + 300 };
    const tokens = {
      alg_not_allowed: unsignedToken({ alg: "HS256", kid: "key_1" }, claims),
      issuer_mismatch: await world.issuer.sign({ ...claims, iss: "https://elsewhere.example.com" }),
      recipient_mismatch: await world.issuer.sign({ ...claims, client_id: "client_other" }),
      signature_invalid: await foreign.sign(claims),
      key_not_found: unsignedToken({ alg: "ES256", kid: "key_9" }, claims, 64),
    };
    for (const [reason, token] of Object.entries(tokens)) {
      const isolate = world.isolate();
      const before = world.issuer.fetches;
      const browser = createBrowser();
      browser.plant(await cookieOf(token));
      const auth = await isolate.visit(browser);
      expect(auth).toMatchObject({ state: "anonymous", reason });
      expect(setCookies(auth)).toEqual([]);
      expect(isolate.events.of(reason as "key_not_found")).toHaveLength(1);
      const needsKey = reason === "signature_invalid" || reason === "key_not_found";
      expect(world.issuer.fetches - before).toBe(needsKey ? 1 : 0);
    }
  });

  test("JW-12 ended tokens without a refresh token cost no fetch, five seconds are forgiven", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const token = await world.issuer.sign({
      iss: ISSUER,
      sub: "user_01",
      client_id: CLIENT_ID,
      iat: NOW,
      exp: NOW + 60,
    });
    const browser = createBrowser();
    browser.plant(await cookieOf(token));
    world.clock.advance(64);
    expect((await isolate.visit(browser)).state).toBe("authenticated");
    world.clock.advance(1);
    const fetches = world.issuer.fetches;
    for (let again = 0; again < 100; again++) {
      expect(await isolate.visit(browser)).toMatchObject({ state: "anonymous", reason: "token_expired" });
    }
    expect(world.issuer.fetches).toBe(fetches);
    expect(world.provider.calls).toEqual([]);
  });
});

describe("our own faults", () => {
  test("JW-16 keys out of reach: 503 with the cookie untouched, from memory as long as they may serve", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, { expiresInSeconds: 200_000 });
    world.issuer.fail("500");
    world.clock.advance(86_399);
    expect((await isolate.visit(browser)).state).toBe("authenticated");
    world.clock.advance(2);
    for (const where of [isolate, world.isolate()]) {
      where.events.clear();
      const auth = await where.visit(browser);
      expect(auth).toMatchObject({ state: "unavailable", reason: "keys_unreachable" });
      expect(setCookies(auth)).toEqual([]);
      expect(where.events.types()).toContain("keys_unreachable");
      if (auth.state !== "unavailable") return;
      expect(auth.deny().status).toBe(503);
      expect(Number(auth.deny().headers.get("Retry-After"))).toBeGreaterThan(0);
    }
    world.issuer.fail(null);
    world.clock.advance(31);
    expect((await isolate.visit(browser)).state).toBe("authenticated");
  });

  test("a token from the provider's future is a skewed clock: 503, no log-out", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, { expiresInSeconds: 5000 });
    const behind = world.isolate({ now: () => world.clock.now() - 600 });
    const auth = await behind.visit(browser);
    expect(auth).toMatchObject({ state: "unavailable", reason: "provider_unreachable" });
    expect(setCookies(auth)).toEqual([]);
    expect(behind.events.of("clock_skew")).toHaveLength(1);
  });

  test("a validator opens and verifies, never renews, and keeps the cookie of a token that ended", async () => {
    const world = await createWorld();
    const validator = world.isolate({ renews: false });
    const browser = await world.signIn(world.isolate());
    expect((await validator.visit(browser)).state).toBe("authenticated");
    world.clock.advance(299);
    expect((await validator.visit(browser)).state).toBe("authenticated");
    world.clock.advance(1);
    const auth = await validator.visit(browser);
    expect(auth).toMatchObject({ state: "anonymous", reason: "refresh_needed" });
    expect(setCookies(auth)).toEqual([]);
    expect(world.ledger.calls).toEqual([]);
    expect(world.provider.calls).toEqual([]);
  });
});

describe("who is let in", () => {
  test("a signed-in person, the second time from memory", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, {
      organizationId: "org_01",
      role: "admin",
      permissions: ["projects:read"],
    });
    for (const where of [isolate, isolate, world.isolate()]) {
      const auth = await where.visit(browser);
      expect(auth).toMatchObject({
        state: "authenticated",
        organizationId: "org_01",
        role: "admin",
        roles: ["admin"],
        permissions: ["projects:read"],
        refreshed: false,
        degraded: false,
        sessionId: browser.session.sessionId,
        accessToken: browser.session.accessToken,
      });
      expect(setCookies(auth)).toEqual([]);
    }
    expect(isolate.events.types().filter((type) => type !== "jwks_keys_changed")).toEqual([]);
    expect(world.ledger.calls).toEqual([]);
  });

  test("JW-17 a key the provider took back lets nobody in once the set is renewed; the session is refreshed once", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, { expiresInSeconds: 5000 });
    expect((await isolate.visit(browser)).state).toBe("authenticated");
    world.issuer.rotate();
    world.clock.advance(601);
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "authenticated", refreshed: true });
    expect(world.provider.count("refresh")).toBe(1);
    expect(world.issuer.fetches).toBeLessThanOrEqual(3);
  });
});
