import { describe, expect, test } from "vitest";
import { CLEARED, copyOf, createBrowser, setCookies } from "../../../test/browser.js";
import { createWorld } from "../../../test/world.js";
import { ledgerName } from "./ledger-name.js";

const DAY = 86_400;

describe("somebody wants another person's session", () => {
  test("TH-14 two persons on one isolate, through every order of their steps: neither ever sees the other", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const people = await Promise.all(
      ["user_01", "user_02", "user_03"].map(async (id) => ({
        id,
        browser: await world.signIn(isolate, { user: { id }, organizationId: `org_of_${id}` }),
      })),
    );
    for (let round = 0; round < 20; round++) {
      world.clock.advance(60);
      const visits = people.flatMap(({ id, browser }) =>
        Array.from({ length: 4 }, async () => ({ id, auth: await isolate.visit(browser) })),
      );
      for (const { id, auth } of await Promise.all(visits)) {
        expect(auth).toMatchObject({ state: "authenticated", user: { id }, organizationId: `org_of_${id}` });
        if (auth.state === "authenticated") expect(auth.claims.sub).toBe(id);
      }
    }
  });

  test("TH-14 a hundred thousand visits of three persons, each held up for another number of turns", {
    timeout: 60_000,
  }, async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const people = await Promise.all(
      ["user_01", "user_02", "user_03"].map(async (id) => ({
        id,
        browser: await world.signIn(isolate, { user: { id } }),
      })),
    );
    const requests = people.map(({ id, browser }) => ({ id, request: browser.request() }));
    let strange = 0;
    for (let round = 0; round < 200; round++) {
      const visits = Array.from({ length: 500 }, async (_, at) => {
        const { id, request } = requests[(at * 7 + round) % 3]!;
        for (let turn = (at * round) % 5; turn > 0; turn--) await undefined;
        const auth = await isolate.sessions.validate(request, isolate.background);
        for (let turn = (at + round) % 4; turn > 0; turn--) await undefined;
        if (auth.state !== "authenticated" || auth.user.id !== id || auth.claims.sub !== id) strange++;
      });
      await Promise.all(visits);
    }
    expect(strange).toBe(0);
  });

  test("a session id is no credential: whoever knows it, and the ledger's name, has nothing", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const victim = await world.signIn(isolate);
    const { sessionId } = victim.session;
    for (const value of [sessionId, await ledgerName("", sessionId), `es1.${sessionId}`]) {
      const browser = createBrowser();
      browser.plant(value);
      expect(await isolate.visit(browser)).toMatchObject({ state: "anonymous", reason: "malformed" });
    }
  });

  test("what a ledger keeps is worth nothing as a cookie, nor for another session", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const victim = await world.signIn(isolate);
    const old = copyOf(victim);
    world.clock.advance(400);
    await isolate.visit(victim);
    const { sessionId } = victim.session;
    const claim = await world.ledger.getByName(await ledgerName("", sessionId)).claim({
      presented: 0,
      held: 0,
      tokenExpiresAt: 0,
      wait: false,
      endsAt: world.clock.now() + DAY,
    });
    if (claim.role !== "adopt") throw new Error(claim.role);
    old.plant(claim.successor);
    expect(await isolate.visit(old)).toMatchObject({ state: "anonymous", reason: "tampered" });
  });

  test("a ledger that answers with another session's successor gives nobody that session", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const [victim, attacker] = [await world.signIn(isolate, { user: { id: "user_02" } }), await world.signIn(isolate)];
    world.clock.advance(400);
    await isolate.visit(victim);
    const stolen = world.ledger.getByName(await ledgerName("", victim.session.sessionId));
    const { getByName } = world.ledger;
    // Everything is answered out of the victim's row.
    Object.assign(world.ledger, { getByName: () => stolen });
    const auth = await isolate.visit(attacker);
    Object.assign(world.ledger, { getByName });
    expect(auth).toMatchObject({ state: "anonymous", reason: "tampered" });
    expect(setCookies(auth)).toEqual([]);
  });

  test("a provider that answers a refresh with another person's tokens hands over nothing", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const victim = await world.provider.signIn({ user: { id: "user_02" } });
    const attacker = await world.signIn(isolate);
    world.clock.advance(280);
    world.provider.next(() => victim);
    expect(await isolate.visit(attacker)).toMatchObject({ state: "authenticated", user: { id: "user_01" } });
    world.clock.advance(120);
    world.provider.next(() => victim);
    expect((await isolate.visit(attacker)).state).not.toBe("authenticated");
  });

  test("a user object beside the token names nobody else: only the signed token says who", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(400);
    world.provider.next((answer) => ({ ...answer, user: { id: "user_02", email: "victim@example.com" } }));
    const auth = await isolate.visit(browser);
    expect(auth).toMatchObject({ state: "authenticated", user: { id: "user_01", email: "someone@example.com" } });
  });

  test("an old cookie out of a backup adopts nothing once a newer one was shown, and does the visitor no harm", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const victim = await world.signIn(isolate);
    const backup = copyOf(victim);
    for (let round = 0; round < 3; round++) {
      world.clock.advance(400);
      await isolate.visit(victim);
    }
    world.clock.advance(200);
    const calls = world.provider.count("refresh");
    for (let attempt = 0; attempt < 20; attempt++) {
      const auth = await isolate.visit(backup);
      expect(auth).toMatchObject({ state: "anonymous", reason: "stale" });
      expect(setCookies(auth)).toEqual([]);
    }
    expect(world.provider.count("refresh")).toBe(calls);
    expect((await isolate.visit(victim)).state).toBe("authenticated");
    world.clock.advance(400);
    expect((await isolate.visit(victim)).state).toBe("authenticated");
  });

  test("headers that name a visitor, a session or another host change nothing", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const headers = {
      "X-WorkOS-Session": "x",
      "X-User-ID": "user_01",
      "X-Session": "x",
      "X-Forwarded-Host": "evil.example.com",
      Authorization: `Bearer ${(await world.provider.signIn()).accessToken}`,
    };
    const auth = await isolate.visit(createBrowser(), { headers });
    expect(auth).toMatchObject({ state: "anonymous", reason: "no_credential" });
    expect(isolate.events.facts).toEqual([]);
  });
});

describe("somebody wants to log another person out", () => {
  test("a cookie tossed beside the real one shuts the visitor out only while it is there, and deletes nothing", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const victim = await world.signIn(isolate);
    const before = victim.cookie();
    const headers = { Cookie: `__Host-session=${before}; __Host-session=tossed` };
    const auth = await isolate.sessions.validate(new Request("https://app.example.com/", { headers }));
    expect(auth).toMatchObject({ state: "anonymous", reason: "ambiguous_cookie" });
    victim.receive(auth);
    expect(victim.cookie()).toBe(before);
    expect((await isolate.visit(victim)).state).toBe("authenticated");
  });

  test("garbage by the thousand moves nothing out of memory and calls nobody", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const victim = await world.signIn(isolate);
    await isolate.visit(victim);
    const { fetches } = world.issuer;
    const other = world.isolate({ sessionKeys: "9:Xo3mPq7ZrT5wYk1nVb8cLs2dGh6jFa4e" });
    const foreign = (await world.signIn(other)).cookie() ?? "";
    for (let at = 0; at < 500; at++) {
      const browser = createBrowser();
      browser.plant(foreign.slice(0, 100) + String(at).padStart(4, "A") + foreign.slice(104));
      expect((await isolate.visit(browser)).state).toBe("anonymous");
    }
    expect(world.issuer.fetches - fetches).toBeLessThanOrEqual(1);
    expect(world.ledger.calls).toEqual([]);
    expect((await isolate.visit(victim)).state).toBe("authenticated");
  });

  test("a switch to nonsense, again and again, costs the session nothing", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const victim = await world.signIn(isolate, { organizationId: "org_01" });
    for (const id of ["org_99", "../org_01", "x".repeat(10_000), "\u0000", "org_01\r\nSet-Cookie: a=b"]) {
      const result = await isolate.sessions.switchOrganization(victim.request(), id, isolate.background);
      expect(result).toMatchObject({ ok: false, reason: "not_a_member", auth: { state: "authenticated" } });
      victim.receive(result.auth);
      expect(setCookies(result.auth)).toEqual([]);
      world.clock.advance(1);
    }
    world.clock.advance(400);
    expect((await isolate.visit(victim)).state).toBe("authenticated");
  });

  test("a planted session of the attacker's own ends with the victim's sign-in, and takes nothing along", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const attacker = await world.signIn(isolate, { user: { id: "user_09" } });
    const victim = copyOf(attacker);
    const made = await isolate.sessions.fromTokens(await world.provider.signIn({ user: { id: "user_02" } }));
    if (!made.ok) throw new Error(made.reason);
    const headers = new Headers();
    for (const line of await isolate.sessions.begin(victim.request(), made.session, isolate.background)) {
      headers.append("Set-Cookie", line);
    }
    victim.receive({ headers });
    await isolate.background.settled();
    // The attacker, who still has what was planted, cannot reach the new session with it, nor end it.
    world.clock.advance(400);
    expect(await isolate.visit(attacker)).toMatchObject({ state: "anonymous", reason: "session_over" });
    await isolate.sessions.end(attacker.request(), isolate.background);
    expect(await isolate.visit(victim)).toMatchObject({ state: "authenticated", user: { id: "user_02" } });
  });

  test("a forced refresh at every request makes at most one call in 10 s", async () => {
    const world = await createWorld();
    const isolates = [world.isolate(), world.isolate()] as const;
    const browser = await world.signIn(isolates[0]);
    for (let second = 0; second < 30; second++) {
      for (const isolate of isolates) expect((await isolate.refresh(browser)).state).toBe("authenticated");
      world.clock.advance(1);
    }
    expect(world.provider.count("refresh")).toBe(3);
  });

  test("a log-out with a cookie that ended long ago deletes it and puts nobody out", async () => {
    const world = await createWorld();
    const isolate = world.isolate({ idleSeconds: 1000 });
    const [one, two] = [await world.signIn(isolate), await world.signIn(isolate)];
    const idle = copyOf(one);
    world.clock.advance(2 * DAY);
    const ended = await isolate.sessions.end(idle.request(), isolate.background);
    expect(ended).toEqual({ cookies: [CLEARED], sid: "session_1" });
    await isolate.background.settled();
    expect(world.provider.count("revoke")).toBe(0);
    expect(world.ledger.count("settle")).toBe(0);
    expect(world.provider.isUsable(one.session.refreshToken)).toBe(true);
    expect(world.provider.isUsable(two.session.refreshToken)).toBe(true);
  });

  test("a log-out told again asks the provider for nothing and is no second event", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const [first, again] = [copyOf(browser), copyOf(browser)];
    const ended = await isolate.sessions.end(first.request(), isolate.background);
    expect(ended.name).toBe(await ledgerName("", browser.session.sessionId));
    expect(await isolate.sessions.end(again.request(), isolate.background)).toEqual({
      cookies: [CLEARED],
      sid: "session_1",
    });
    await isolate.background.settled();
    expect(world.provider.count("revoke")).toBe(1);
  });

  test("a call that left with the old cookie does not take a new sign-in's cookie away", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const poll = copyOf(browser);
    world.clock.advance(400);
    const tokens = world.provider.signIn();
    const fresh = await isolate.sessions.fromTokens(await tokens, isolate.background);
    if (!fresh.ok) throw new Error(fresh.reason);
    await isolate.sessions.begin(browser.request(), fresh.session, isolate.background);
    const late = await isolate.visit(poll);
    expect(late).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect(setCookies(late)).toEqual([]);
  });
});

describe("two configurations share keys and a cookie, each with a provider of its own", () => {
  test("CF-03 RF-28 nothing of a session is sent to, settled for or ended at the other one's provider", async () => {
    const world = await createWorld();
    const ours = world.isolate();
    const others = world.isolate({ trust: { verify: { issuer: "https://other.example", clientId: "other" } } });
    const browser = await world.signIn(ours);
    world.clock.advance(400);
    const before = world.ledger.calls.length;
    const visit = await others.visit(browser);
    expect(visit).toMatchObject({ state: "anonymous", reason: "issuer_mismatch" });
    expect(setCookies(visit)).toEqual([]);
    const switched = await others.sessions.switchOrganization(browser.request(), "org_2", others.background);
    expect(switched).toMatchObject({ ok: false, auth: { reason: "issuer_mismatch" } });
    expect(await others.sessions.end(browser.request(), others.background)).toEqual({ cookies: [CLEARED] });
    await others.background.settled();
    expect([world.ledger.calls.length - before, world.provider.calls]).toEqual([0, []]);
    expect((await ours.visit(browser)).state).toBe("authenticated");
  });

  test("CF-03 a client of the same issuer is another one, too", async () => {
    const world = await createWorld();
    const ours = world.isolate();
    const { issuer } = world.provider.verify;
    const others = world.isolate({ trust: { verify: { issuer, clientId: "other" } } });
    const browser = await world.signIn(ours);
    world.clock.advance(400);
    expect(await others.visit(browser)).toMatchObject({ state: "anonymous", reason: "recipient_mismatch" });
    expect(world.provider.calls).toEqual([]);
    expect((await ours.visit(browser)).state).toBe("authenticated");
  });
});
