import { describe, expect, test } from "vitest";
import { type Browser, createBrowser, setCookies } from "../../../test/browser.js";
import { sealLegacy } from "../../../test/legacy.js";
import { createWorld, type Isolate, SESSION_KEYS, type World } from "../../../test/world.js";
import type { LegacyOptions } from "./legacy-options.js";
import { legacySessions } from "./legacy-sessions.js";

const SECRET = "uN6yT2rE8wQ4aS0dF7gH3jK9lZ5xC1vB";
const [, VERSION_1 = ""] = SESSION_KEYS.split(":");
const UNTIL = "2027-02-01T00:00:00Z";
const LEGACY: LegacyOptions = { until: UNTIL, secret: SECRET };
const GONE = "session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";

/** A browser that was signed in before: only the old cookie lies in it. */
async function before(world: World, version?: number, more: object = {}): Promise<Browser & { readonly text: string }> {
  const { accessToken, refreshToken, user } = await world.provider.signIn();
  const content = { accessToken, refreshToken, expiresAt: null, userId: user?.id, organizationId: "", ...more };
  const text = await sealLegacy(content, version === undefined ? SECRET : VERSION_1, version);
  const browser = createBrowser();
  browser.plant(text, "session");
  return { ...browser, text };
}

const mover = (world: World, more: Partial<LegacyOptions> = {}): Isolate =>
  world.isolate({ legacy: legacySessions({ ...LEGACY, now: world.clock.now, ...more }) });

describe("what is not moved in", () => {
  test("nothing without the option, and nothing from its date on: the cookie is not even looked at", async () => {
    const world = await createWorld();
    const browser = await before(world);
    const late = createBrowser();
    late.plant(browser.text, "session");
    const nobody = async (isolate: Isolate): Promise<void> => {
      const auth = await isolate.visit(late);
      expect(auth).toMatchObject({ state: "anonymous", reason: "no_credential" });
      expect(setCookies(auth)).toEqual([]);
      expect(isolate.events.facts).toEqual([]);
    };
    await nobody(world.isolate());
    world.clock.advance(Date.parse(UNTIL) / 1000 - 1 - world.clock.now());
    expect(await mover(world).visit(browser)).toMatchObject({ state: "authenticated" });
    world.clock.advance(1);
    await nobody(mover(world));
  });

  test("an old cookie beside one of ours decides nothing, also when ours does not open", async () => {
    const world = await createWorld();
    const browser = await before(world);
    browser.plant("es1.AAAA");
    const auth = await mover(world).visit(browser);
    expect(auth).toMatchObject({ state: "anonymous", reason: "malformed" });
    expect(setCookies(auth)).toEqual([]);
  });

  test("a text of ours in the old cookie, two old cookies, a text that no key opens: nothing is deleted", async () => {
    const world = await createWorld();
    const signedIn = await world.signIn(world.isolate());
    for (const [text, reason] of [
      [signedIn.cookie(), "malformed"],
      ["x; session=y", "no_credential"],
      [await sealLegacy({}, "another secret of nobody here 123"), "tampered"],
      [await sealLegacy({ accessToken: "x" }, SECRET), "malformed"],
    ] as const) {
      const browser = createBrowser();
      browser.plant(text, "session");
      const auth = await mover(world).visit(browser);
      expect(auth).toMatchObject({ state: "anonymous", reason });
      expect(setCookies(auth)).toEqual([]);
    }
  });

  test("CS-10 a WebSocket handshake with the old cookie alone is nobody's", async () => {
    const world = await createWorld();
    const browser = await before(world);
    const auth = await mover(world).visit(browser, { headers: { Upgrade: "websocket" } });
    expect(auth).toMatchObject({ state: "anonymous", reason: "no_credential" });
  });

  test("a token that somebody else signed opens no session", async () => {
    const world = await createWorld();
    const { accessToken } = await world.provider.signIn();
    const forged = `${accessToken.slice(0, -8)}AAAAAAAA`;
    const browser = await before(world, 1, { accessToken: forged });
    expect(await mover(world).visit(browser)).toMatchObject({ state: "anonymous", reason: "signature_invalid" });
  });

  test("CR-09 an old cookie past the absolute end, counted from its token, is over and deleted", async () => {
    const world = await createWorld();
    const browser = await before(world);
    world.clock.advance(3_600);
    const isolate = world.isolate({
      legacy: legacySessions({ ...LEGACY, now: world.clock.now }),
      absoluteSeconds: 3_600,
    });
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "anonymous", reason: "expired" });
    expect(setCookies(auth)).toContain(GONE);
    expect(world.provider.count("refresh")).toBe(0);
  });
});

describe("what is moved in", () => {
  test.each([[undefined], [1]])(
    "a session of the layout with version %j: sealed anew at once, the old cookie gone",
    async (version) => {
      const world = await createWorld();
      const browser = await before(world, version);
      const isolate = mover(world);
      const auth = await isolate.visit(browser);
      expect(auth).toMatchObject({ state: "authenticated", user: { id: "user_01" }, refreshed: false });
      expect(setCookies(auth)).toEqual([
        expect.stringMatching(/^__Host-session=es1\.[\w-]+; Max-Age=\d+; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
        GONE,
      ]);
      expect(isolate.events.of("legacy_session_opened")).toEqual([
        { type: "legacy_session_opened", sessionId: expect.any(String), userId: "user_01" },
      ]);
      expect(browser.cookie("session")).toBeUndefined();
      const next = await world.isolate().visit(browser);
      expect(next).toMatchObject({
        state: "authenticated",
        sessionId: auth.state === "authenticated" && auth.sessionId,
      });
      expect(setCookies(next)).toEqual([]);
    },
  );

  test("one whose token ended is refreshed first, and gets the name of its person back", async () => {
    const world = await createWorld();
    const browser = await before(world);
    world.clock.advance(86_400);
    const auth = await mover(world).visit(browser);
    expect(auth).toMatchObject({
      state: "authenticated",
      refreshed: true,
      user: { id: "user_01", email: "someone@example.com" },
    });
    expect(setCookies(auth)).toHaveLength(2);
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("twenty requests in four isolates with one ended token: one call, one session, everybody stays in", async () => {
    const world = await createWorld();
    const { text } = await before(world);
    world.clock.advance(3_600);
    const isolates = [mover(world), mover(world), mover(world), mover(world)];
    const visits = Array.from({ length: 20 }, async (_, at) => {
      const browser = createBrowser();
      browser.plant(text, "session");
      return isolates[at % 4]?.visit(browser);
    });
    const answers = await Promise.all(visits);
    expect(new Set(answers.map((auth) => auth?.state))).toEqual(new Set(["authenticated"]));
    expect(new Set(answers.map((auth) => auth?.state === "authenticated" && auth.sessionId)).size).toBe(1);
    expect(world.provider.count("refresh")).toBe(1);
    // A tab that still shows the old cookie a while later stays in as well, without another call.
    const late = createBrowser();
    late.plant(text, "session");
    world.clock.advance(30);
    expect(await mover(world).visit(late)).toMatchObject({ state: "authenticated" });
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("ID-01 while the provider is down the visitor is told to wait, and has the new cookie already", async () => {
    const world = await createWorld();
    const browser = await before(world);
    world.clock.advance(3_600);
    world.provider.always("network");
    const auth = await mover(world).visit(browser);
    expect(auth).toMatchObject({ state: "unavailable", reason: "provider_unreachable" });
    expect(browser.cookie()).toMatch(/^es1\./);
    expect(browser.cookie("session")).toBeUndefined();
    world.provider.always(null);
    world.clock.advance(60);
    expect(await world.isolate().visit(browser)).toMatchObject({ state: "authenticated" });
  });

  test("a cookie of a shared domain is deleted there", async () => {
    const world = await createWorld();
    const browser = await before(world);
    const auth = await mover(world, { cookieDomain: "example.com" }).visit(browser);
    expect(setCookies(auth).at(-1)).toBe(
      "session=; Max-Age=0; Domain=example.com; Path=/; Secure; HttpOnly; SameSite=Lax",
    );
  });

  test("CR-10 a log-out with the old cookie alone ends the session everywhere and deletes the cookie", async () => {
    const world = await createWorld();
    const browser = await before(world);
    const copy = createBrowser();
    copy.plant(browser.text, "session");
    const isolate = mover(world);
    const ended = await isolate.sessions.end(browser.request(), isolate.background);
    await isolate.background.settled();
    expect(ended.userId).toBe("user_01");
    expect(ended.cookies).toEqual([`__Host-${GONE}`, GONE]);
    expect(world.provider.count("revoke")).toBe(1);
    world.clock.advance(400);
    expect(await mover(world).visit(copy)).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect(world.provider.count("refresh")).toBe(0);
  });
});
