import { expect, test } from "vitest";
import { CLAIMS, NOW, unsignedToken } from "../../../test/tokens.js";
import { createWorld } from "../../../test/world.js";
import { sessionFromTokens } from "./from-tokens.js";

const user = { id: "user_01", email: "someone@example.com" };
const now = () => NOW;
const accessToken = unsignedToken({ alg: "RS256" });

test.each(["", "x", "a.b.c", unsignedToken({ alg: "RS256" }, { sub: "user_01" })])(
  "refuses an access token that does not say when it ends",
  (token) => {
    expect(() => sessionFromTokens({ accessToken: token, user }, { now })).toThrowError(
      expect.objectContaining({ code: "provider_malformed" }),
    );
  },
);

test("refuses a clock in milliseconds", () => {
  expect(() => sessionFromTokens({ accessToken, user }, { now: Date.now })).toThrowError(
    expect.objectContaining({ code: "clock_in_milliseconds" }),
  );
});

test("reads end and organisation from the token, and makes a new id each time", () => {
  const one = sessionFromTokens({ accessToken, refreshToken: "r", user }, { now });
  const two = sessionFromTokens({ accessToken, user }, { now, lifetimeSeconds: 60 });
  expect(one).toEqual({
    accessToken,
    refreshToken: "r",
    sessionId: expect.stringMatching(/^[\w-]{43}$/),
    user,
    organizationId: "org_01",
    createdAt: NOW,
    expiresAt: CLAIMS.exp,
    endsAt: NOW + 2_592_000,
    generation: 0,
  });
  expect(two.sessionId).not.toBe(one.sessionId);
  expect(two.endsAt).toBe(NOW + 60);
  expect("refreshToken" in two).toBe(false);
});

test("OA-21 whoever acts as somebody else has an hour at most, by the answer or by the token's `act`", () => {
  const email = "support@example.com";
  const acting = (act: unknown) => unsignedToken({ alg: "RS256" }, { ...CLAIMS, act });
  const given = sessionFromTokens({ accessToken, user, impersonator: { email, reason: "asked for" } }, { now });
  expect(given).toMatchObject({ impersonator: { email, reason: "asked for" }, endsAt: NOW + 3_600 });
  const named = sessionFromTokens({ accessToken: acting({ sub: email }), user }, { now });
  expect(named).toMatchObject({ impersonator: { email }, endsAt: NOW + 3_600 });
  const short = sessionFromTokens({ accessToken: acting({ sub: email }), user }, { now, lifetimeSeconds: 600 });
  expect(short.endsAt).toBe(NOW + 600);
  for (const act of [null, "support@example.com", {}, { sub: 7 }, { sub: "client_of_a_program" }]) {
    const own = sessionFromTokens({ accessToken: acting(act), user }, { now });
    expect([own.impersonator, own.endsAt]).toEqual([undefined, NOW + 2_592_000]);
  }
});

test("a sign-in is refused for a token of somebody else, of another issuer, unsigned, or without a user", async () => {
  const world = await createWorld();
  const { sessions } = world.isolate();
  const good = await world.provider.signIn();
  const { user: _, ...nobody } = good;
  const forged = `${good.accessToken.slice(0, -8)}AAAAAAAA`;
  const refused = [
    nobody,
    { ...good, user: { id: "user_02" } },
    { ...good, accessToken: forged },
    { ...good, accessToken: await world.issuer.sign({ ...CLAIMS, iss: "https://elsewhere.example.com" }) },
    { ...good, accessToken: "none" },
    { ...good, refreshToken: "lone \ud800" },
  ];
  for (const tokens of refused) {
    expect(await sessions.fromTokens(tokens)).toEqual({ ok: false, reason: "bad_token_response" });
  }
  expect(await sessions.fromTokens(good)).toMatchObject({ ok: true, session: { user: { id: "user_01" } } });
});

test("a sign-in while the keys are out of reach is the provider's outage", async () => {
  const world = await createWorld();
  world.issuer.fail("network");
  const tokens = await world.provider.signIn();
  expect(await world.isolate().sessions.fromTokens(tokens)).toEqual({ ok: false, reason: "provider_unreachable" });
});
