import { describe, expect, test } from "vitest";
import { createWorld } from "../../../test/world.js";

const MEMBER = { organizationId: "org_01", organizations: ["org_01", "org_02"] };

describe("refused switches", () => {
  test("RF-16 an organisation one is no member of: the session stays byte for byte", async () => {
    for (const wait of [0, 290, 400]) {
      const world = await createWorld();
      const isolate = world.isolate();
      const browser = await world.signIn(isolate, MEMBER);
      world.clock.advance(wait);
      const result = await isolate.sessions.switchOrganization(browser.request(), "org_99", isolate.background);
      expect(result).toMatchObject({
        ok: false,
        reason: "not_a_member",
        auth: { state: "authenticated", organizationId: "org_01" },
      });
      // An ended token is renewed first; that cookie has to arrive.
      expect(result.auth.headers.getSetCookie()).toHaveLength(wait === 400 ? 1 : 0);
      browser.receive(result.auth);
      world.clock.advance(1);
      expect(await isolate.visit(browser)).toMatchObject({ state: "authenticated", organizationId: "org_01" });
    }
  });

  test("an organisation that wants another sign-in says where, and keeps the session", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, MEMBER);
    world.provider.next("sso_required");
    const result = await isolate.sessions.switchOrganization(browser.request(), "org 2&x", isolate.background);
    expect(result).toMatchObject({
      ok: false,
      reason: "sso_required",
      loginUrl: "/auth/login?organizationId=org+2%26x",
      auth: { state: "authenticated", organizationId: "org_01" },
    });
    expect((await isolate.visit(browser)).state).toBe("authenticated");
  });

  test("invalid_grant to a switch does not end the session by itself", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, MEMBER);
    world.provider.next("invalid_grant");
    const result = await isolate.sessions.switchOrganization(browser.request(), "org_02", isolate.background);
    expect(result).toMatchObject({ ok: false, reason: "session_over", auth: { state: "authenticated" } });
    expect(result.auth.headers.getSetCookie()).toEqual([]);
    expect((await isolate.visit(browser)).state).toBe("authenticated");
  });

  test("a provider that answers with the same organisation has used up the refresh token: its successor is kept", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, MEMBER);
    world.provider.next(async (answer, sign) => {
      const claims = JSON.parse(atob(answer.accessToken.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));
      return { ...answer, accessToken: await sign({ ...claims, org_id: "org_01" }) };
    });
    const result = await isolate.sessions.switchOrganization(browser.request(), "org_02", isolate.background);
    expect(result).toMatchObject({ ok: false, reason: "not_a_member", auth: { organizationId: "org_01" } });
    expect(result.auth.headers.getSetCookie()).toHaveLength(1);
    browser.receive(result.auth);
    expect(isolate.events.types()).toContain("token_refresh");
    expect(isolate.events.types()).not.toContain("org_switch");
    world.clock.advance(400);
    expect((await isolate.visit(browser)).state).toBe("authenticated");
    expect(world.provider.count("refresh")).toBe(2);
  });

  test("an outage is unavailable and keeps the session", async () => {
    for (const break_ of [
      (world: Awaited<ReturnType<typeof createWorld>>) => world.provider.next("network"),
      (world: Awaited<ReturnType<typeof createWorld>>) => world.ledger.fail("claim", 2),
    ]) {
      const world = await createWorld();
      const isolate = world.isolate();
      const browser = await world.signIn(isolate, MEMBER);
      const before = browser.cookie();
      break_(world);
      const result = await isolate.sessions.switchOrganization(browser.request(), "org_02", isolate.background);
      expect(result).toMatchObject({ ok: false, reason: "unavailable", auth: { state: "unavailable" } });
      browser.receive(result.auth);
      expect(browser.cookie()).toBe(before);
      world.clock.advance(1);
      expect((await isolate.visit(browser)).state).toBe("authenticated");
    }
  });

  test("without a session, or in a validator, there is nothing to switch", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const nobody = await isolate.sessions.switchOrganization(new Request("https://app.example.com/"), "org_02");
    expect(nobody).toMatchObject({ ok: false, reason: "session_over", auth: { reason: "no_credential" } });
    const browser = await world.signIn(isolate, MEMBER);
    const validator = world.isolate({ renews: false });
    const refused = await validator.sessions.switchOrganization(browser.request(), "org_02");
    expect(refused).toMatchObject({ ok: false, reason: "session_over", auth: { reason: "refresh_needed" } });
    expect(world.provider.calls).toEqual([]);
  });
});

describe("switches", () => {
  test("a switch is in the cookie, in the answer, and in what every other isolate sees", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, MEMBER);
    const result = await isolate.sessions.switchOrganization(browser.request(), "org_02", isolate.background);
    expect(result).toMatchObject({ ok: true, auth: { organizationId: "org_02", refreshed: true } });
    browser.receive(result.auth);
    expect(await world.isolate().visit(browser)).toMatchObject({ state: "authenticated", organizationId: "org_02" });
    expect(isolate.events.of("org_switch")).toHaveLength(1);
    expect(isolate.events.of("org_switch")[0]?.organizationId).toBe("org_02");
    // It is not held back by the pause after a refresh, and later refreshes keep the organisation.
    const back = await isolate.sessions.switchOrganization(browser.request(), "org_01", isolate.background);
    expect(back).toMatchObject({ ok: true, auth: { organizationId: "org_01" } });
    browser.receive(back.auth);
    world.clock.advance(400);
    expect(await isolate.visit(browser)).toMatchObject({ refreshed: true, organizationId: "org_01" });
    expect(world.provider.calls.map((call) => call.organizationId)).toEqual(["org_02", "org_01", "org_01"]);
  });

  test("RF-15 a switch and a refresh at one moment: one after the other, 2 calls, the last word is the switch", async () => {
    const world = await createWorld();
    const [one, two] = [world.isolate(), world.isolate()];
    const browser = await world.signIn(one, MEMBER);
    world.clock.advance(400);
    const request = browser.request();
    const hold = world.provider.hold();
    const refreshing = one.sessions.validate(request, one.background);
    while (world.provider.count("refresh") === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const switching = two.sessions.switchOrganization(request, "org_02", two.background);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(world.provider.count("refresh")).toBe(1);
    hold.release();
    expect((await refreshing).state).toBe("authenticated");
    const switched = await switching;
    expect(switched).toMatchObject({ ok: true, auth: { organizationId: "org_02" } });
    expect(world.provider.count("refresh")).toBe(2);
    browser.receive(switched.auth);
    expect(await one.visit(browser)).toMatchObject({ state: "authenticated", organizationId: "org_02" });
  });

  test("RF-22 the answer to a switch is overwritten by a late re-sealed cookie: after the next refresh the switch holds", async () => {
    const world = await createWorld();
    const isolate = world.isolate();
    const browser = await world.signIn(isolate, MEMBER);
    const before = browser.cookie();
    const switched = await isolate.sessions.switchOrganization(browser.request(), "org_02", isolate.background);
    browser.receive(switched.auth);
    browser.plant(before);
    world.clock.advance(290);
    expect(await world.isolate().visit(browser)).toMatchObject({ state: "authenticated", organizationId: "org_02" });
  });
});
