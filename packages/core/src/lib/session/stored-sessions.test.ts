import { describe, expect, test } from "vitest";
import { copyOf, createBrowser, setCookies } from "../../../test/browser.js";
import { createStoredWorld, credentialOf, keyOf } from "../../../test/stored-world.js";
import { base64url, fromBase64url } from "../base/bytes.js";
import { ledgerName } from "./ledger-name.js";
import { writeStoredCredential } from "./stored-credential.js";

const ADA = { user: { id: "user_ada" } };
const BOB = { user: { id: "user_bob" } };

describe("MB-01 ids that nobody was given", () => {
  test("guessed, incremented, cut, or of one person with the shelf of another: nobody, and nothing is deleted", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const ada = await world.signIn(isolate, ADA);
    const bob = await world.signIn(isolate, BOB);
    const [mine, other] = [credentialOf(ada), credentialOf(bob)];
    const bytes = fromBase64url(mine.id)!;
    bytes[31]! += 1;
    const guesses = [
      [writeStoredCredential({ id: base64url(new Uint8Array(32).fill(7)), person: mine.person }), "session_over"],
      [writeStoredCredential({ id: base64url(bytes), person: mine.person }), "session_over"],
      [writeStoredCredential({ id: mine.id, person: other.person }), "session_over"],
      [writeStoredCredential({ id: await keyOf(ada), person: mine.person }), "session_over"],
      [writeStoredCredential({ id: mine.id, person: "" }), "malformed"],
      [`eo1.${mine.id.slice(0, 42)}.${mine.person}`, "malformed"],
      [`eo1.${mine.id}`, "malformed"],
      [`eo1.${mine.id}.${mine.person}.es1.${"A".repeat(120)}`, null],
    ] as const;
    for (const [text, reason] of guesses) {
      isolate.events.clear();
      const browser = createBrowser();
      browser.plant(text);
      const auth = await isolate.visit(browser);
      if (reason === null) {
        // The id is good, and what hangs on it is thrown away.
        expect(auth.state).toBe("authenticated");
        expect(browser.cookie()).toBe(ada.cookie());
        continue;
      }
      expect(auth).toMatchObject({ state: "anonymous", reason });
      expect(setCookies(auth)).toEqual([]);
      expect(isolate.events.types()).toEqual([reason === "malformed" ? "malformed" : "session_expired"]);
      if (auth.state === "anonymous") expect(auth.deny().status).toBe(401);
    }
    expect(world.provider.calls).toEqual([]);
  });

  test("the store is told a hash of the id, hashed names and a sealed text; nothing of it opens as a cookie", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate({ client: () => ({ userAgent: "x".repeat(400), ipAddress: "192.0.2.1" }) });
    const browser = await world.signIn(isolate, ADA);
    const { id, person } = credentialOf(browser);
    expect(browser.cookie()).toBe(`eo1.${id}.${person}`);
    const { session } = browser;
    const [record] = world.home.written as { sealed: string }[];
    expect(record).toEqual({
      person,
      key: await keyOf(browser),
      name: await ledgerName("", session.sessionId),
      sealed: expect.stringMatching(/^es1\.[\w-]+$/),
      generation: 0,
      createdAt: session.createdAt,
      expiresAt: session.endsAt,
      endsAt: session.endsAt,
      renewAt: expect.any(Number),
      userAgent: "x".repeat(256),
      ipAddress: "192.0.2.1",
    });
    const all = JSON.stringify([world.home.written, isolate.events.facts]);
    for (const secret of [id, session.accessToken, session.refreshToken!, session.sessionId]) {
      expect(all.includes(secret)).toBe(false);
    }
    for (const text of [record!.sealed, `eo1.${id}.${person}.${record!.sealed}`]) {
      const thief = createBrowser();
      thief.plant(text);
      const auth = await isolate.visit(thief);
      if (text.startsWith("es1.")) expect(auth).toMatchObject({ state: "anonymous", reason: "tampered" });
      else expect(auth.state).toBe("authenticated");
    }
  });

  test("a record of somebody else under one's own key is not believed", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const ada = await world.signIn(isolate, ADA);
    const bob = await world.signIn(isolate, BOB);
    const [, victims] = world.home.written as { person: string; key: string }[];
    const { person: _, ...record } = { ...victims!, key: await keyOf(ada) };
    await world.home.getByName(credentialOf(ada).person).save(record as never);
    const auth = await world.isolate().visit(ada);
    expect(auth).toMatchObject({ state: "anonymous", reason: "tampered" });
    expect((await isolate.visit(bob)).state).toBe("authenticated");
  });
});

describe("the end of a session", () => {
  test("CR-10 after a log-out the very next request is refused, in every isolate, however warm, and nothing is deleted", async () => {
    const world = await createStoredWorld();
    const [one, two] = [world.isolate(), world.isolate()];
    const browser = await world.signIn(one);
    const copy = copyOf(browser);
    for (const isolate of [one, two]) expect((await isolate.visit(copy)).state).toBe("authenticated");
    const ended = await one.sessions.end(browser.request(), one.background);
    expect(ended.cookies).toHaveLength(1);
    await one.background.settled();
    expect(world.provider.count("revoke")).toBe(1);
    for (const isolate of [one, two]) {
      const auth = await isolate.visit(copy);
      expect(auth).toMatchObject({ state: "anonymous", reason: "session_over" });
      expect(setCookies(auth)).toEqual([]);
    }
  });

  test("CK-17 a new sign-in gets another id and ends the session it replaces", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const before = copyOf(browser);
    const made = await isolate.sessions.fromTokens(await world.provider.signIn(), isolate.background);
    if (!made.ok) throw new Error(made.reason);
    const headers = new Headers();
    for (const line of await isolate.sessions.begin(browser.request(), made.session, isolate.background)) {
      headers.append("Set-Cookie", line);
    }
    browser.receive({ headers });
    expect(credentialOf(browser).id).not.toBe(credentialOf(before).id);
    expect(await isolate.visit(before)).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect((await isolate.visit(browser)).state).toBe("authenticated");
  });

  test("CR-08 CR-09 idle and absolute ends hold, and no save moves the absolute one", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate({ idleSeconds: 600, absoluteSeconds: 3_600 });
    const browser = await world.signIn(isolate, { expiresInSeconds: 100_000 });
    const idle = await world.signIn(isolate, { expiresInSeconds: 100_000 });
    for (let passed = 400; passed < 3_600; passed += 400) {
      world.clock.advance(400);
      expect((await isolate.visit(browser)).state).toBe("authenticated");
    }
    expect(await isolate.visit(copyOf(idle))).toMatchObject({ state: "anonymous", reason: "session_over" });
    world.clock.advance(400);
    expect((await isolate.visit(browser)).state).toBe("anonymous");
    expect(Math.max(...(world.home.written as { expiresAt: number }[]).map(({ expiresAt }) => expiresAt))).toBe(
      browser.session.endsAt,
    );
  });

  test("CR-08 a record that a store keeps past its end does not open, and past the absolute end its cookie goes", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate({ absoluteSeconds: 600 });
    const browser = await world.signIn(isolate);
    world.clock.advance(600);
    const [record] = world.home.written as { person: string }[];
    const { person, ...rest } = record!;
    await world.home.getByName(person).save({ ...(rest as never as object), expiresAt: 9_999_999_999 } as never);
    const auth = await world.isolate().visit(browser);
    expect(auth).toMatchObject({ state: "anonymous", reason: "expired" });
    expect(browser.cookie()).toBeUndefined();
  });
});

describe("what a request costs", () => {
  test("one question, and no cookie", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    await isolate.visit(browser);
    world.home.clear();
    for (let round = 0; round < 5; round++) {
      const auth = await isolate.visit(browser);
      expect(auth).toMatchObject({ state: "authenticated", refreshed: false, degraded: false });
      expect(setCookies(auth)).toEqual([]);
    }
    expect(world.home.calls).toEqual(["load", "load", "load", "load", "load"]);
  });

  test("past half of its idle time it is saved again, and the cookie stays as it is", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate({ idleSeconds: 1_000, absoluteSeconds: 5_000 });
    const browser = await world.signIn(isolate, { expiresInSeconds: 100_000 });
    world.clock.advance(499);
    await isolate.visit(browser);
    expect(world.home.count("save")).toBe(1);
    for (const seconds of [1, 0, 999]) {
      world.clock.advance(seconds);
      const auth = await isolate.visit(browser);
      expect(auth.state).toBe("authenticated");
      expect(setCookies(auth)).toEqual([]);
    }
    expect(world.home.count("save")).toBe(3);
    world.clock.advance(1_000);
    expect(await isolate.visit(browser)).toMatchObject({ state: "anonymous", reason: "session_over" });
  });

  test("its cookie lasts as long as the session may, whatever its idle time", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate({ idleSeconds: 1_000, absoluteSeconds: 5_000 });
    const made = await isolate.sessions.fromTokens(await world.provider.signIn(ADA), isolate.background);
    if (!made.ok) throw new Error(made.reason);
    const [line] = await isolate.sessions.begin(createBrowser().request(), made.session, isolate.background);
    expect(line).toMatch(/^__Host-session=eo1\.[\w.-]+; Max-Age=5000; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
  });
});

describe("without its store", () => {
  test("an opaque cookie is nobody's and stays, and counts again once the store is back", async () => {
    const world = await createStoredWorld();
    const browser = await world.signIn(world.isolate());
    const bare = world.bare();
    const auth = await bare.visit(browser);
    expect(auth).toMatchObject({ state: "anonymous", reason: "malformed" });
    expect(setCookies(auth)).toEqual([]);
    expect((await world.isolate().visit(browser)).state).toBe("authenticated");
  });

  test("a validator with the store reads the cookie, renews nothing and moves nothing in", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const validator = world.isolate({ renews: false });
    const browser = await world.signIn(isolate);
    const sealed = await world.signIn(world.bare());
    expect((await validator.visit(browser)).state).toBe("authenticated");
    world.home.clear();
    expect((await validator.visit(sealed)).state).toBe("authenticated");
    expect(world.home.calls).toEqual([]);
    world.clock.advance(400);
    expect(await validator.visit(browser)).toMatchObject({ state: "anonymous", reason: "refresh_needed" });
    expect(world.home.count("save")).toBe(0);
  });
});
