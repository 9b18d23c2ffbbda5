import { describe, expect, test } from "vitest";
import { copyOf, setCookies } from "../../../test/browser.js";
import { createStoredWorld, credentialOf, keyOf, type StoredWorld } from "../../../test/stored-world.js";
import type { RevocationStore } from "../base/ports.js";
import { createMemoryRevocation } from "../testing/memory-revocation.js";
import { createRevocation } from "./revocation.js";
import type { StoredRecord } from "./stored-renewal.js";

const ADA = { user: { id: "user_ada" } };

function written(
  world: StoredWorld,
): (StoredRecord & { generation: number; expiresAt: number; key: string; renewAt: number })[] {
  return world.home.written as never;
}

describe("many at once", () => {
  test.each([
    ["whose token lives and is due", 275],
    ["whose token ended", 400],
  ])(
    "RF-01 100 requests over 4 isolates with one session %s: 1 call, 100 authenticated, no cookie",
    async (_what, seconds) => {
      const world = await createStoredWorld();
      const isolates = [world.isolate(), world.isolate(), world.isolate(), world.isolate()] as const;
      const browser = await world.signIn(isolates[0], ADA);
      world.clock.advance(seconds);
      const tabs = Array.from({ length: 100 }, () => copyOf(browser));
      const answers = await Promise.all(tabs.map((tab, at) => isolates[at % 4]!.visit(tab)));
      expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(["authenticated"]));
      expect(answers.flatMap(setCookies)).toEqual([]);
      for (const { background } of isolates) await background.settled();
      expect(world.provider.count("refresh")).toBe(1);
      world.clock.advance(20);
      for (const isolate of isolates) {
        expect(await isolate.visit(browser)).toMatchObject({
          state: "authenticated",
          expiresAt: world.clock.now() + 280,
        });
      }
      expect(world.provider.count("refresh")).toBe(1);
      for (const { events } of isolates) expect(events.of("refresh_reuse")).toEqual([]);
    },
  );

  test("RF-14 two devices of one person refresh at once: each by itself, 2 calls, and both go on", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const devices = [await world.signIn(isolate, ADA), await world.signIn(isolate, ADA)] as const;
    expect(credentialOf(devices[0]).person).toBe(credentialOf(devices[1]).person);
    world.clock.advance(400);
    const answers = await Promise.all(devices.map((device) => isolate.visit(device)));
    expect(answers).toMatchObject([
      { state: "authenticated", refreshed: true },
      { state: "authenticated", refreshed: true },
    ]);
    expect(world.provider.count("refresh")).toBe(2);
    await isolate.sessions.end(devices[0].request(), isolate.background);
    expect((await isolate.visit(copyOf(devices[1]))).state).toBe("authenticated");
  });
});

test("50 requests at once after a rotation of keys: its record is sealed anew once", async () => {
  const world = await createStoredWorld();
  const long = { expiresInSeconds: 100_000 };
  const browser = await world.signIn(world.isolate({ sessionKeys: "1:q8Zr4vW1nXc7Lt0yBe5uKa9sDf3gHj6m" }), long);
  const isolate = world.isolate({
    sessionKeys: "2:Xo3mPq7ZrT5wYk1nVb8cLs2dGh6jFa4e,1:q8Zr4vW1nXc7Lt0yBe5uKa9sDf3gHj6m",
  });
  const answers = await Promise.all(Array.from({ length: 50 }, () => isolate.visit(copyOf(browser))));
  expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(["authenticated"]));
  expect(world.home.count("save")).toBe(2);
});

describe("a session that is due while its token lives", () => {
  test("is answered at once, however long the provider takes, and the next answer has the new token", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const held = world.provider.hold();
    world.clock.advance(275);
    const answers = [await isolate.visit(browser), await isolate.visit(browser)];
    expect(answers).toMatchObject([
      { state: "authenticated", refreshed: false, degraded: false },
      { state: "authenticated", refreshed: false, degraded: false },
    ]);
    held.release();
    await isolate.background.settled();
    expect(written(world).map(({ generation }) => generation)).toEqual([0, 1]);
    expect(await isolate.visit(browser)).toMatchObject({ expiresAt: world.clock.now() + 300 });
    expect(world.provider.count("refresh")).toBe(1);
  });

  test("without a background it is renewed before the answer", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(275);
    const auth = await isolate.sessions.validate(browser.request());
    expect(auth).toMatchObject({ state: "authenticated", refreshed: true });
    expect(setCookies(auth)).toEqual([]);
  });

  test("a week of visits: nobody is logged out, and the provider is asked at most once in a token's life", async () => {
    const world = await createStoredWorld();
    const isolates = [world.isolate(), world.isolate()] as const;
    const browser = await world.signIn(isolates[0]);
    const visits = 7 * 24 * 4;
    for (let visit = 0; visit < visits; visit++) {
      world.clock.advance(visit % 7 === 0 ? 900 : 120);
      const isolate = isolates[visit % 2]!;
      expect((await isolate.visit(browser)).state).toBe("authenticated");
      await isolate.background.settled();
    }
    const times = world.provider.calls.map(({ at }) => at);
    for (const [at, time] of times.slice(1).entries()) expect(time - times[at]!).toBeGreaterThanOrEqual(240);
  });

  test("the provider is down: it goes on and is told; the provider's no ends the record", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(275);
    world.provider.next("500");
    expect((await isolate.visit(browser)).state).toBe("authenticated");
    await isolate.background.settled();
    expect(isolate.events.types()).toContain("provider_unreachable");
    world.clock.advance(5);
    world.provider.next("invalid_grant");
    expect((await isolate.visit(browser)).state).toBe("authenticated");
    await isolate.background.settled();
    expect(isolate.events.of("session_expired")).toHaveLength(1);
    expect(await isolate.visit(browser)).toMatchObject({ state: "anonymous", reason: "session_over" });
  });

  test("a log-out in the middle of it wins, and the tokens it brings are given back", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    world.clock.advance(275);
    const held = world.provider.hold();
    await isolate.visit(browser);
    await isolate.sessions.end(copyOf(browser).request(), isolate.background);
    held.release();
    await isolate.background.settled();
    expect(world.provider.count("revoke")).toBe(2);
    expect(await isolate.visit(browser)).toMatchObject({ state: "anonymous", reason: "session_over" });
  });
});

test("a switch of organisation is saved under the same id, for every tab at once", async () => {
  const world = await createStoredWorld();
  const isolate = world.isolate();
  const browser = await world.signIn(isolate, { organizations: ["org_2"] });
  const switched = await isolate.sessions.switchOrganization(browser.request(), "org_2", isolate.background);
  expect(switched).toMatchObject({ ok: true, auth: { organizationId: "org_2" } });
  expect(setCookies(switched.auth)).toEqual([]);
  expect(await world.isolate().visit(browser)).toMatchObject({ state: "authenticated", organizationId: "org_2" });
});

test("KR-05 a rotation of keys seals records anew, without a log-out and without a new id", async () => {
  const world = await createStoredWorld();
  const before = world.isolate({ sessionKeys: "1:q8Zr4vW1nXc7Lt0yBe5uKa9sDf3gHj6m" });
  const long = { expiresInSeconds: 100_000 };
  const browser = await world.signIn(before, long);
  const unseen = await world.signIn(before, long);
  const both = world.isolate({ sessionKeys: "2:Xo3mPq7ZrT5wYk1nVb8cLs2dGh6jFa4e,1:q8Zr4vW1nXc7Lt0yBe5uKa9sDf3gHj6m" });
  expect((await both.visit(browser)).state).toBe("authenticated");
  const after = world.isolate({ sessionKeys: "2:Xo3mPq7ZrT5wYk1nVb8cLs2dGh6jFa4e" });
  const auth = await after.visit(browser);
  expect(auth.state).toBe("authenticated");
  expect(setCookies(auth)).toEqual([]);
  // Of a key that this instance does not have: it comes back with a roll-back.
  const lost = await after.visit(unseen);
  expect(lost).toMatchObject({ state: "anonymous", reason: "unknown_key" });
  expect(setCookies(lost)).toEqual([]);
  expect((await both.visit(unseen)).state).toBe("authenticated");
});

describe("a renewal that nobody asked for", () => {
  test("renews what is due, keeps the record's end, and says when it can be tried again", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate({ idleSeconds: 2_000 });
    await world.signIn(isolate);
    const [first] = written(world);
    const renew = (record: StoredRecord) => isolate.sessions.renewStored!(record, isolate.background);
    const { clock, provider } = world;
    expect(await renew(first!)).toEqual({ kind: "later", at: first!.renewAt });
    expect(first!.renewAt).toBeGreaterThanOrEqual(clock.now() + 300 - 66);
    expect(first!.renewAt).toBeLessThanOrEqual(clock.now() + 300 - 30 + 1);
    clock.advance(280);
    provider.next("500");
    expect(await renew(first!)).toEqual({ kind: "later", at: clock.now() + 60 });
    clock.advance(5);
    const renewal = await renew(first!);
    expect(renewal).toEqual({
      kind: "renewed",
      record: { sealed: expect.stringMatching(/^es1\./), generation: 1, renewAt: expect.any(Number) },
    });
    // Evicted before it wrote that down: the ledger has it, and the provider is not asked again.
    expect(await renew(first!)).toMatchObject({ kind: "renewed", record: { generation: 1 } });
    expect(provider.count("refresh")).toBe(2);
    if (renewal.kind !== "renewed") return;
    expect(await renew({ ...first!, ...renewal.record })).toMatchObject({ kind: "later" });
    clock.advance(1_800);
    expect(await renew({ ...first!, ...renewal.record })).toEqual({ kind: "over" });
  });

  test("an outage is asked about once a minute, and every five once the token has ended, or later where that is asked for", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    await world.signIn(isolate);
    const [record] = written(world);
    const renew = async () => {
      const renewal = await isolate.sessions.renewStored!(record!, isolate.background);
      return renewal.kind === "later" ? renewal.at - world.clock.now() : renewal.kind;
    };
    world.provider.always("500");
    const pauses: (number | string)[] = [];
    world.clock.advance(280);
    for (let round = 0; round < 4; round++) {
      const pause = await renew();
      pauses.push(pause);
      world.clock.advance(Number(pause));
    }
    expect(pauses).toEqual([60, 300, 300, 300]);
    expect(world.provider.count("refresh")).toBe(4);
    world.provider.always(null);
    expect(await renew()).toBe("renewed");
  });

  test("the provider's no is the end; what this instance cannot open, or is not its own, waits", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate);
    const [record] = written(world);
    const later = { kind: "later", at: world.clock.now() + 3_600 };
    expect(await isolate.sessions.renewStored!({ ...record!, name: await keyOf(browser) })).toEqual(later);
    const other = world.isolate({ sessionKeys: "2:Xo3mPq7ZrT5wYk1nVb8cLs2dGh6jFa4e" });
    expect(await other.sessions.renewStored!(record!)).toEqual(later);
    const elsewhere = world.isolate({ realm: "elsewhere" });
    expect(await elsewhere.sessions.renewStored!(record!)).toEqual(later);
    const told = { type: "background_failed", reason: "stored_record", sessionId: record!.name };
    expect(other.events.facts).toEqual([{ ...told, detail: "unknown_key" }]);
    expect(elsewhere.events.facts).toEqual([{ ...told, detail: "tampered" }]);
    isolate.events.clear();
    world.clock.advance(400);
    world.provider.next("invalid_grant");
    expect(await isolate.sessions.renewStored!(record!)).toEqual({ kind: "over" });
    expect(isolate.events.types()).toEqual(["session_expired"]);
  });

  test("what revocation ended gets no new tokens, which would look younger than its end; nobody knowing is no end", async () => {
    const world = await createStoredWorld();
    const store = createMemoryRevocation(world.clock);
    let isDown = false;
    const failing: RevocationStore = {
      getByName: (name) => ({
        ended: async (marks) => {
          if (isDown) throw new Error("down");
          return store.getByName(name).ended(marks);
        },
        end: (...ending) => store.getByName(name).end(...ending),
      }),
    };
    const revocation = createRevocation({ store: failing, whenDown: "closed" });
    const isolate = world.isolate({ revocation });
    await world.signIn(isolate, { organizationId: "org_1", ...ADA });
    const [record] = written(world);
    world.clock.advance(280);
    isDown = true;
    expect(await isolate.sessions.renewStored!(record!)).toEqual({ kind: "later", at: world.clock.now() + 60 });
    isDown = false;
    await isolate.sessions.revoke({ kind: "membership", userId: ADA.user.id, organizationId: "org_1" }, "workos_event");
    isolate.events.clear();
    expect(await isolate.sessions.renewStored!(record!)).toEqual({ kind: "over" });
    expect(isolate.events.facts).toEqual([
      {
        type: "revoked",
        reason: "membership",
        sessionId: record!.name,
        userId: ADA.user.id,
        organizationId: "org_1",
      },
    ]);
    expect(world.provider.count("refresh")).toBe(0);
  });
});
