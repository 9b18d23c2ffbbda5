import { describe, expect, test } from "vitest";
import { copyOf } from "../../../test/browser.js";
import { createStoredWorld, credentialOf } from "../../../test/stored-world.js";
import { createMemoryRevocation } from "../testing/memory-revocation.js";
import { ledgerName } from "./ledger-name.js";
import { createRevocation } from "./revocation.js";

const ADA = { user: { id: "user_ada" } };
const BOB = { user: { id: "user_bob" } };

describe("MB-06 what code of the app ends, with a store alone", () => {
  test("a person's sessions, sealed ones that have not moved in yet included, and nobody else's", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const [one, two, other] = [
      await world.signIn(isolate, ADA),
      await world.signIn(world.bare(), ADA),
      await world.signIn(isolate, BOB),
    ];
    await isolate.visit(one);
    world.clock.advance(5);
    await isolate.sessions.revoke({ kind: "user", userId: "user_ada" }, "app");
    for (const browser of [one, two]) {
      expect(await isolate.visit(browser)).toMatchObject({ state: "anonymous", reason: "session_over" });
    }
    expect((await isolate.visit(other)).state).toBe("authenticated");
    const again = await world.signIn(isolate, ADA);
    expect((await world.isolate().visit(again)).state).toBe("authenticated");
    expect(isolate.events.of("sessions_revoked")).toEqual([
      { type: "sessions_revoked", reason: "app", userId: "user_ada" },
    ]);
  });

  test.each([true, false])(
    "a refresh under way brings nothing: the ledger knows, and its tokens are given back (a background: %s)",
    async (hasBackground) => {
      const world = await createStoredWorld();
      const isolate = world.isolate();
      const browser = await world.signIn(isolate, ADA);
      const [record] = world.home.written as { name: string; sealed: string }[];
      world.clock.advance(280);
      const held = world.provider.hold();
      const renewal = isolate.sessions.renewStored!(record!, isolate.background);
      while (world.provider.count("refresh") === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      const other = world.isolate();
      const background = hasBackground ? other.background : undefined;
      await other.sessions.revoke({ kind: "user", userId: "user_ada" }, "app", background);
      await other.background.settled();
      held.release();
      expect(await renewal).toEqual({ kind: "over" });
      await isolate.background.settled();
      expect(world.provider.count("revoke")).toBe(1);
      expect(await isolate.visit(browser)).toMatchObject({ state: "anonymous", reason: "session_over" });
    },
  );

  test("one session by its name in events, of the person it belongs to", async () => {
    const world = await createStoredWorld();
    const isolate = world.isolate();
    const [one, two] = [await world.signIn(isolate, ADA), await world.signIn(isolate, ADA)];
    const sessionId = await ledgerName("", one.session.sessionId);
    await isolate.sessions.revoke({ kind: "session", userId: "user_bob", sessionId }, "app");
    expect((await isolate.visit(one)).state).toBe("authenticated");
    await isolate.sessions.revoke({ kind: "session", userId: "user_ada", sessionId }, "app");
    expect((await isolate.visit(one)).state).toBe("anonymous");
    expect((await isolate.visit(two)).state).toBe("authenticated");
  });

  test("an organisation's or a membership's it cannot: that needs `revocation`", async () => {
    const { isolate } = await createStoredWorld();
    const { sessions } = isolate();
    for (const target of [
      { kind: "organization", organizationId: "org_1" },
      { kind: "membership", organizationId: "org_1", userId: "user_ada" },
      { kind: "provider_session", sid: "sid_1" },
    ] as const) {
      await expect(sessions.revoke(target, "app")).rejects.toMatchObject({ code: "config_invalid" });
    }
  });

  test("where only large sessions lie in the store it does not pretend to have ended all", async () => {
    const { isolate } = await createStoredWorld({ sessions: "too_large" });
    const ending = isolate().sessions.revoke({ kind: "user", userId: "user_ada" }, "app");
    await expect(ending).rejects.toMatchObject({ code: "config_invalid" });
  });

  test("an id that is none and a moment to come are refused, and a store that is down is told", async () => {
    const world = await createStoredWorld();
    const { sessions } = world.isolate();
    await expect(sessions.revoke({ kind: "user", userId: "" }, "app")).rejects.toThrow(RangeError);
    const since = world.clock.now() + 1;
    await expect(sessions.revoke({ kind: "user", userId: "user_ada", since }, "app")).rejects.toThrow(RangeError);
    expect(world.home.calls).toEqual([]);
    world.home.down = true;
    const ending = sessions.revoke({ kind: "user", userId: "user_ada" }, "app");
    await expect(ending).rejects.toMatchObject({ code: "store_unreachable" });
    expect(world.home.count("end")).toBe(3);
  });
});

test("MB-06 a session that `revocation` refuses loses its record, too", async () => {
  const world = await createStoredWorld();
  const revocation = createRevocation({ store: createMemoryRevocation(world.clock), whenDown: "closed" });
  const isolate = world.isolate({ revocation });
  const browser = await world.signIn(isolate, { ...ADA, organizationId: "org_1" } as never);
  const copy = copyOf(browser);
  const { person } = credentialOf(browser);
  await revocation.end(
    { kind: "user", userId: "user_ada" },
    { realm: "", provider: world.provider.name },
    world.clock.now(),
  );
  expect(await isolate.visit(browser)).toMatchObject({ state: "anonymous", reason: "revoked" });
  await isolate.background.settled();
  expect(await world.home.getByName(person).list!()).toEqual([]);
  expect(await isolate.visit(copy)).toMatchObject({ state: "anonymous", reason: "session_over" });
});
