import { describe, expect, test } from "vitest";
import { createBrowser, setCookies } from "../../../test/browser.js";
import { createWorld } from "../../../test/world.js";
import { base64url } from "../base/bytes.js";

const permissions = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `area-${Math.floor(at / 12)}:thing-${at % 12}:${at % 2 ? "read" : "write"}`);

/** What no compression makes small: as many characters of a claim, as good as random. */
function noise(characters: number): string {
  let text = "";
  while (text.length < characters) text += base64url(crypto.getRandomValues(new Uint8Array(3_000)));
  return text.slice(0, characters);
}

const chunkNames = (browser: { cookie(name: string): string | undefined }): string[] =>
  ["__Host-session", ...[0, 1, 2, 3].map((at) => `__Host-session.${at}`)].filter((name) => browser.cookie(name));

describe("CK-08 sessions of every size", () => {
  test.each([0, 12, 50, 100, 200, 400])(
    "with %i permissions they sign in, are read elsewhere, refresh, and shrink back",
    async (count) => {
      const world = await createWorld();
      const isolate = world.isolate();
      const browser = await world.signIn(isolate, { permissions: permissions(count) });
      for (const round of [1, 2]) {
        const auth = await world.isolate().visit(browser);
        expect(auth).toMatchObject({ state: "authenticated", permissions: permissions(count), refreshed: false });
        expect(setCookies(auth)).toEqual([]);
        world.clock.advance(290);
        const renewed = await world.isolate().visit(browser);
        expect(renewed).toMatchObject({ state: "authenticated", permissions: permissions(count), refreshed: true });
        expect(world.provider.count("refresh")).toBe(round);
      }
      world.provider.change({ permissions: [] });
      world.clock.advance(290);
      await world.isolate().visit(browser);
      expect(chunkNames(browser)).toEqual(["__Host-session"]);
      const small = await world.isolate().visit(browser);
      expect(small).toMatchObject({ state: "authenticated", permissions: [], refreshed: false });
    },
  );

  test("claims that no compression makes small: one, two, three, four cookies and back, and each is read", async () => {
    const world = await createWorld();
    const browser = await world.signIn(world.isolate());
    const seen: number[] = [];
    for (const length of [100, 5_000, 8_000, 12_000, 8_000, 5_000, 100]) {
      world.provider.change({ claims: { blob: noise(length - 100) }, user: { lastName: noise(length / 10) } });
      world.clock.advance(290);
      const renewed = await world.isolate().visit(browser);
      expect(renewed).toMatchObject({ state: "authenticated", refreshed: true });
      for (const line of setCookies(renewed)) expect(line.indexOf(";")).toBeLessThanOrEqual(4_097);
      const names = chunkNames(browser);
      expect(names[0]).toBe(names.length === 1 ? "__Host-session" : "__Host-session.0");
      seen.push(names.length);
      const read = await world.isolate().visit(browser);
      expect(read).toMatchObject({ state: "authenticated", refreshed: false });
      expect(setCookies(read)).toEqual([]);
    }
    expect(seen).toEqual([1, 2, 3, 4, 3, 2, 1]);
  });

  test("a log-out takes every chunk away", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, { claims: { blob: noise(10_000) } });
    expect(chunkNames(browser).length).toBeGreaterThan(2);
    const ended = await isolate.sessions.end(browser.request(), isolate.background);
    const headers = new Headers();
    for (const line of ended.cookies) headers.append("Set-Cookie", line);
    browser.receive({ headers });
    expect(chunkNames(browser)).toEqual([]);
    expect(ended.userId).toBe("user_01");
  });
});

describe("CK-07 chunks that lost one another", () => {
  test("are refused with an event, without a word to the provider, and nothing is deleted", async () => {
    const world = await createWorld();
    const browser = await world.signIn(world.isolate(), { claims: { blob: noise(8_000) } });
    browser.plant(undefined, "__Host-session.1");
    const isolate = world.isolate();
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "anonymous", reason: "bad_chunks" });
    expect(setCookies(auth)).toEqual([]);
    expect(auth.headers.get("Cache-Control")).toBe("private, no-store");
    expect(isolate.events.of("bad_chunks")).toHaveLength(1);
    expect(world.provider.count("refresh")).toBe(0);
  });

  test("of two generations are never one session", async () => {
    const world = await createWorld();
    const browser = await world.signIn(world.isolate(), { claims: { blob: noise(8_000) } });
    const older = browser.cookie("__Host-session.1");
    world.clock.advance(290);
    await world.isolate().visit(browser);
    const mixed = createBrowser();
    for (const name of chunkNames(browser)) mixed.plant(browser.cookie(name), name);
    mixed.plant(older, "__Host-session.1");
    expect(await world.isolate().visit(mixed)).toMatchObject({ state: "anonymous", reason: "bad_chunks" });
    expect(await world.isolate().visit(browser)).toMatchObject({ state: "authenticated" });
  });
});

describe("CK-09 a session that no cookies can carry", () => {
  test("does not begin: the error and its parts name what is large, by size and without a value", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const lastName = noise(12_000);
    const made = await isolate.sessions.fromTokens(
      await world.provider.signIn({ user: { lastName }, permissions: permissions(30) }),
      isolate.background,
    );
    if (!made.ok) throw new Error(made.reason);
    const beginning = isolate.sessions.begin(createBrowser().request(), made.session, isolate.background);
    const error = await beginning.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: "AuthError", code: "session_too_large" });
    const { problems, message } = error as { problems: readonly string[]; message: string };
    expect(problems[0]).toBe("lastName: 12000 bytes");
    expect(problems[1]).toMatch(/^claim permissions: \d+ bytes$/);
    expect(problems).toHaveLength(4);
    expect(message).toContain("lastName: 12000 bytes, claim permissions:");
    expect(message).not.toContain(lastName.slice(0, 8));
    expect(message).not.toContain("thing-");
  });

  test("goes on where it runs, and the event says which part ate the bytes", async () => {
    const world = await createWorld();
    const browser = await world.signIn(world.isolate());
    world.provider.change({ user: { lastName: "A".repeat(11_100) } });
    world.clock.advance(290);
    const isolate = world.isolate();
    expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", refreshed: true });
    expect(isolate.events.of("session_too_large")).toEqual([
      {
        type: "session_too_large",
        sessionId: expect.any(String),
        userId: "user_01",
        detail: expect.stringMatching(/^lastName: 11100 bytes, claim /),
      },
    ]);
  });
});
