import { describe, expect, test, vi } from "vitest";
import { START } from "../../../test/auth-kit.js";
import { API, bearerKit, expectNoCookie, expectRefused, NAVIGATES } from "../../../test/bearer-kit.js";
import { createSigner, unsignedToken } from "../../../test/tokens.js";
import { createGuard } from "../auth/guard.js";

describe("tokens that are not believed", () => {
  test("one that the app's own `isMachine` trips over is refused: it need not even be signed", async () => {
    const isMachine = (): boolean => {
      throw new TypeError("of what is not there");
    };
    const kit = bearerKit({ isMachine });
    const claims = { iss: "https://idp.example", sub: "u", aud: API, iat: START, exp: START + 60 };
    const token = unsignedToken({ alg: "ES256", kid: "k1" }, claims, 64);
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${token}`), "token_malformed");
  });

  const NOT_BELIEVED: readonly (readonly [string, string, Record<string, unknown>])[] = [
    ["JW-07", "recipient_mismatch", { aud: "https://other.example" }],
    ["JW-07", "recipient_mismatch", { aud: undefined }],
    ["JW-08", "issuer_mismatch", { iss: "https://idp.example/" }],
    ["JW-09", "token_expired", { exp: START - 5 }],
    ["JW-09", "token_not_yet_valid", { iat: START + 61 }],
    ["JW-10", "recipient_mismatch", { nonce: "n" }],
    ["JW-10", "recipient_mismatch", { at_hash: "h" }],
    ["JW-10", "recipient_mismatch", { events: { "http://schemas.openid.net/event/backchannel-logout": {} } }],
    ["JW-10", "recipient_mismatch", { client_id: undefined }],
    ["JW-10", "recipient_mismatch", { client_id: undefined, azp: API }],
    ["JW-11", "token_malformed", { sub: undefined }],
  ];

  test.each(NOT_BELIEVED)("%s is %s with %j", async (_id, reason, claims) => {
    const kit = bearerKit();
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${await kit.token(claims)}`), reason);
  });

  test.each([
    ["JW-01", { alg: "none", kid: "k1" }, "alg_not_allowed"],
    ["JW-02", { alg: "HS256", kid: "k1" }, "alg_not_allowed"],
    ["JW-13", { alg: "ES256", kid: "other" }, "key_not_found"],
  ] as const)("%s a header of %j is %s", async (_id, header, reason) => {
    const kit = bearerKit();
    const token = unsignedToken(
      header,
      { iss: "https://idp.example", sub: "u", aud: API, client_id: "c", iat: START, exp: START + 60 },
      64,
    );
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${token}`), reason);
  });

  test("a token that another key signed under the same name is refused", async () => {
    const kit = bearerKit();
    const other = await createSigner("k1", "ES256");
    const claims = { iss: "https://idp.example", sub: "u", aud: API, client_id: "c", iat: START, exp: START + 60 };
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${await other.sign(claims)}`), "signature_invalid");
  });

  test("JW-12 an ended token is refused without a fetch, and never renewed: nobody sends us its refresh token", async () => {
    const kit = bearerKit();
    const token = await kit.token();
    kit.clock.now += 306;
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${token}`), "token_expired");
    expect(kit.fetched).toEqual([]);
  });

  test("JW-16 where the keys cannot be had nobody is turned away: 503", async () => {
    const kit = bearerKit();
    kit.network.down = true;
    const visitor = await kit.visit("/v1/x", `Bearer ${await kit.token()}`);
    expect(visitor).toMatchObject({ state: "unavailable", reason: "keys_unreachable" });
    if (visitor.state !== "unavailable") return;
    expect([visitor.deny().status, visitor.deny().headers.get("Retry-After")]).toEqual([503, "1"]);
    expectNoCookie(visitor);
  });

  test("a sealed session in the header is no token, and nobody's look-up gets to see it", async () => {
    const lookup = vi.fn(() => ({ clientId: "robot" }));
    const kit = bearerKit({ apiKeys: lookup });
    const browser = await kit.signIn();
    const visitor = await kit.visit("/v1/x", `Bearer ${browser.jar.get("__Host-session")}`);
    await expectRefused(kit, visitor, "token_malformed");
    expect(lookup).not.toHaveBeenCalled();
  });
});

describe("people with a header token", () => {
  test("are known, without a session of ours", async () => {
    const kit = bearerKit();
    const token = await kit.token({ org_id: "org_1", role: "admin", act: { sub: "support@example.com" } });
    const visitor = await kit.visit("/api/x", `Bearer ${token}`);
    if (visitor.state !== "authenticated") throw new Error(visitor.state);
    expect(visitor).toMatchObject({ credential: "header", refreshed: false, degraded: false, accessToken: token });
    expect(visitor.toJSON()).toEqual({
      state: "authenticated",
      user: { id: "user_1" },
      sessionId: "sid_1",
      organizationId: "org_1",
      impersonator: { email: "support@example.com" },
      role: "admin",
      roles: ["admin"],
      permissions: ["projects:read"],
      entitlements: [],
      featureFlags: [],
      expiresAt: START + 300,
    });
    expect(JSON.stringify(visitor)).not.toContain(token);
    expect(Object.isFrozen(visitor) && Object.isFrozen(visitor.claims) && Object.isFrozen(visitor.user)).toBe(true);
    expectNoCookie(visitor);
    expect([kit.calls, kit.events]).toEqual([[], []]);
  });

  test("without a session at the provider have a name that only this token has, and that does not show it", async () => {
    const kit = bearerKit();
    const ids = new Set<string>();
    for (const jti of ["a", "b", "a"]) {
      const visitor = await kit.visit(
        "/api/x",
        `Bearer ${await kit.token({ sid: undefined, jti, sub: `user_${ids.size}` })}`,
      );
      if (visitor.state !== "authenticated") throw new Error(visitor.state);
      expect(visitor.sessionId).toMatch(/^[\w-]{43}$/);
      ids.add(visitor.sessionId);
    }
    expect(ids.size).toBe(3);
  });

  test("the same person with a cookie is as ever: no word of headers", async () => {
    const kit = bearerKit();
    const browser = await kit.signIn();
    const visitor = await kit.auth.validateRequest(browser.request("/api/x"));
    expect(visitor).toMatchObject({ state: "authenticated" });
    expect(visitor).not.toHaveProperty("credential");
  });

  test("a scope is not what the person may do: permissions are those of the claim", async () => {
    const kit = bearerKit();
    const visitor = await kit.visit("/api/x", `Bearer ${await kit.token({ scope: "projects:write" })}`);
    expect(visitor).toMatchObject({ state: "authenticated", permissions: ["projects:read"] });
  });

  test.each([
    [{ permission: "a" }, 'Bearer error="insufficient_scope"', "permission"],
    [
      { recentAuth: { withinSeconds: 300 } },
      'Bearer error="insufficient_user_authentication", max_age="300"',
      "recentAuth",
    ],
    [{ role: "owner" }, null, "role"],
  ] as const)("who lack %j are told %j, and never sent to sign in", async (missing, challenge, reason) => {
    const kit = bearerKit();
    const visitor = await kit.visit("/api/x", `Bearer ${await kit.token()}`, { headers: NAVIGATES });
    if (visitor.state !== "authenticated") throw new Error(visitor.state);
    const answer = visitor.deny(missing);
    expect([answer.status, answer.headers.get("WWW-Authenticate")]).toEqual([403, challenge]);
    expect(await answer.json()).toEqual({ error: "forbidden", missing });
    expect(kit.events).toMatchObject([{ type: "forbidden", reason, userId: "user_1" }]);
  });

  test("are refused where only programs are let in", async () => {
    const kit = bearerKit({ users: undefined } as never);
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${await kit.token()}`), "caller_not_enabled");
  });

  test("X-Expected-Org holds for them, too", async () => {
    const kit = bearerKit();
    for (const token of [await kit.token({ org_id: "org_1" }), await kit.robot({ org_id: "org_1" })]) {
      const request = kit.request("/v1/x", `Bearer ${token}`, { headers: { "X-Expected-Org": "org_2" } });
      const admission = await createGuard({ machines: ["/v1/*"] }).admit(kit.auth, request, kit.background);
      expect("answer" in admission && admission.answer.status).toBe(409);
    }
    expect(kit.events).toMatchObject([
      { type: "org_changed", userId: "user_1" },
      { type: "org_changed", detail: "client robot" },
    ]);
  });
});
