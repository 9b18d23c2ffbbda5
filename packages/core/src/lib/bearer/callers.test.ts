import { describe, expect, test, vi } from "vitest";
import { KEYS, ORIGIN, START } from "../../../test/auth-kit.js";
import { API, type BearerKit, bearerKit, ROBOT, TRUST } from "../../../test/bearer-kit.js";
import { createSigner, unsignedToken } from "../../../test/tokens.js";
import { createValidator } from "../auth/create-validator.js";
import { createGuard } from "../auth/guard.js";
import { createCsrf } from "../policy/csrf.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import type { Machine, RequestAuth } from "../session/request-auth.js";
import { bearerTokens } from "./bearer-tokens.js";

const NAVIGATES = { "Sec-Fetch-Mode": "navigate" };

/** No cookie comes of a header, whoever asks. */
function expectNoCookie(visitor: RequestAuth | Machine): void {
  expect(visitor.headers.getSetCookie()).toEqual([]);
  expect(visitor.apply(new Response("x")).headers.getSetCookie()).toEqual([]);
}

async function expectRefused(
  kit: BearerKit,
  visitor: RequestAuth | Machine,
  reason: string,
  challenge = 'Bearer error="invalid_token"',
): Promise<void> {
  expect(visitor).toMatchObject({ state: "anonymous", reason });
  if (visitor.state !== "anonymous") return;
  expectNoCookie(visitor);
  const answer = visitor.deny();
  expect(answer.status).toBe(401);
  expect(answer.headers.get("WWW-Authenticate")).toBe(challenge);
  expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(await answer.text()).toBe('{"error":"unauthenticated"}');
  expect(kit.events.map(({ type }) => type)).toEqual([reason]);
  expect(kit.calls).toEqual([]);
}

describe("what a header may be", () => {
  test.each([
    ["Bearer "],
    ["Bearer"],
    ["Bearer  TOKEN"],
    ["Bearer\tTOKEN"],
    ["Bearer TOKEN, Bearer TOKEN"],
    ["Bearer TOKEN, Basic YTpi"],
    ["Bearer TOKEN;x"],
    ["Bearer TOKEN extra"],
    ['Bearer "TOKEN"'],
    [`Bearer ${"a.".repeat(20_000)}`],
    [`Bearer ${"a".repeat(16_385)}`],
  ])("JW-22 %j is no token, and nothing is fetched for it", async (form) => {
    const kit = bearerKit();
    const visitor = await kit.visit("/v1/x", form.replaceAll("TOKEN", await kit.token()));
    if (form === "Bearer\tTOKEN") expect(visitor).toMatchObject({ state: "anonymous", reason: "no_credential" });
    else await expectRefused(kit, visitor, "token_malformed");
    expect(kit.fetched).toEqual([]);
  });

  test.each(["Basic", "Token", "DPoP", "BearerX", "Negotiate"])(
    "JW-22 a token under the scheme %s is no credential",
    async (scheme) => {
      const kit = bearerKit();
      const visitor = await kit.visit("/v1/x", `${scheme} ${await kit.token()}`);
      expect(visitor).toMatchObject({ state: "anonymous", reason: "no_credential" });
      expect([kit.fetched, kit.events]).toEqual([[], []]);
    },
  );

  test("JW-22 two headers are one with a comma, and neither counts", async () => {
    const kit = bearerKit();
    const headers = new Headers();
    headers.append("Authorization", `Bearer ${await kit.token()}`);
    headers.append("Authorization", `Bearer ${await kit.token()}`);
    await expectRefused(kit, await kit.visit("/v1/x", undefined, { headers }), "token_malformed");
  });

  test.each(["Bearer", "bearer", "BEARER", "bEaReR"])("JW-22 the scheme may be written %s", async (scheme) => {
    const kit = bearerKit();
    expect(await kit.visit("/v1/x", `${scheme} ${await kit.token()}`)).toMatchObject({ state: "authenticated" });
  });

  test.each(["access_token", "token", "bearer", "authorization", "api_key"])(
    "MB-04 a token in the query or the body as %s is not read",
    async (name) => {
      const lookup = vi.fn(() => ({ clientId: "robot" }));
      const kit = bearerKit({ apiKeys: lookup });
      const token = await kit.token();
      const form = new URLSearchParams({ [name]: token });
      const request = kit.request(`/v1/x?${form}`, undefined, { method: "POST", body: form });
      const visitor = await kit.auth.validateRequest(request, kit.background);
      expect(visitor).toMatchObject({ state: "anonymous", reason: "no_credential" });
      expect(request.bodyUsed).toBe(false);
      expect([kit.fetched, lookup.mock.calls]).toEqual([[], []]);
    },
  );
});

describe("which credential a route takes", () => {
  test.each(["/", "/page", "/apix", "/v1x", "/auth/me", "/v2/x"])(
    "MB-03 on %s, which takes the cookie, a header token is not looked at",
    async (path) => {
      const kit = bearerKit();
      const visitor = await kit.visit(path, `Bearer ${await kit.token()}`);
      expect(visitor).toMatchObject({ state: "anonymous", reason: "no_credential" });
      expect([kit.fetched, kit.events]).toEqual([[], []]);
    },
  );

  test("MB-03 on our own routes it is not looked at either, wherever headers are read", async () => {
    const kit = bearerKit({ routes: { "/*": "header" } });
    const response = await kit.auth.handler(kit.request("/auth/me", `Bearer ${await kit.token()}`), kit.background);
    expect(await response?.json()).toEqual({ state: "anonymous" });
    const browser = await kit.signIn();
    expect(await (await browser.send("/auth/me")).json()).toMatchObject({ state: "authenticated" });
  });

  test.each(["/v1/x", "/v1", "/V1/x", "/v1/x/"])(
    "MB-03 on %s, which takes headers, a cookie is not looked at",
    async (path) => {
      const kit = bearerKit();
      const browser = await kit.signIn();
      for (const ask of [kit.auth.validateRequest, kit.auth.refresh]) {
        const visitor = await ask(browser.request(path), kit.background);
        expect(visitor).toMatchObject({ state: "anonymous", reason: "no_credential" });
        expectNoCookie(visitor);
      }
      expect(kit.calls).toEqual([]);
    },
  );

  test.each(["//v1/x", "/v1%2fx", "/x/..%2fv1/x", "/v1;a/x"])(
    "MB-03 on %s, which may be that route to somebody, nothing is looked at",
    async (path) => {
      const kit = bearerKit();
      const browser = await kit.signIn();
      const request = browser.request(path, { headers: { Authorization: `Bearer ${await kit.token()}` } });
      expect(await kit.auth.validateRequest(request)).toMatchObject({ state: "anonymous", reason: "no_credential" });
    },
  );

  test("where no route takes headers alone, such a path takes the cookie as ever", async () => {
    const kit = bearerKit({ routes: { "/api/*": "either" } });
    const browser = await kit.signIn();
    expect(await kit.auth.validateRequest(browser.request("/files/a%2fb"))).toMatchObject({ state: "authenticated" });
  });

  test.each([["__Host-session"], ["__Host-session.0"]])(
    "a route that takes either refuses a request with both (%s), however good each is",
    async (name) => {
      const kit = bearerKit();
      const browser = await kit.signIn();
      const text = browser.jar.get("__Host-session") ?? "";
      const headers = { Cookie: `${name}=${text}` };
      for (const authorization of [`Bearer ${await kit.token()}`, "Bearer garbage", "Bearer"]) {
        kit.events.length = 0;
        kit.clock.now += 10;
        const visitor = await kit.visit("/api/x", authorization, { headers });
        await expectRefused(kit, visitor, "ambiguous_credential", 'Bearer error="invalid_request"');
      }
    },
  );

  test("a scheme of somebody else's beside the cookie (a staging site's Basic) changes nothing", async () => {
    const kit = bearerKit();
    const browser = await kit.signIn();
    const request = browser.request("/api/x", { headers: { Authorization: "Basic YTpi" } });
    expect(await kit.auth.validateRequest(request)).toMatchObject({ state: "authenticated" });
  });

  test("the nearest route counts: one path before what lies below another, and of these the longest", async () => {
    const routes = { "/*": "cookie", "/api/*": "either", "/api/v1/*": "header", "/api/v1/login": "cookie" } as const;
    const kit = bearerKit({ routes });
    const token = `Bearer ${await kit.token()}`;
    const states = await Promise.all(
      ["/x", "/api/x", "/api/v1/x", "/api/v1/login", "/API/V1/LOGIN"].map(
        async (path) => (await kit.visit(path, token)).state,
      ),
    );
    expect(states).toEqual(["anonymous", "authenticated", "authenticated", "anonymous", "anonymous"]);
  });

  test("on a route that takes either, a page without a credential is sent to sign in; on one of headers alone it is not", async () => {
    const kit = bearerKit();
    const either = await kit.visit("/api/x", undefined, { headers: NAVIGATES });
    const header = await kit.visit("/v1/x", undefined, { headers: NAVIGATES });
    if (either.state !== "anonymous" || header.state !== "anonymous") throw new Error("let in");
    const [toLogin, refused] = [either.deny(), header.deny()];
    expect([toLogin.status, toLogin.headers.get("Location")]).toEqual([302, "/auth/login?returnTo=%2Fapi%2Fx"]);
    expect(toLogin.headers.get("WWW-Authenticate")).toBeNull();
    expect([refused.status, refused.headers.get("WWW-Authenticate")]).toEqual([401, "Bearer"]);
    expect(await refused.json()).toEqual({ error: "unauthenticated" });
  });

  test.each([
    ["/page", "Cookie"],
    ["/api/x", "Cookie, Authorization"],
    ["/v1/x", "Authorization"],
  ])("what nobody in particular gets from %s, caches tell apart by %s", async (path, vary) => {
    const kit = bearerKit();
    const visitor = await kit.visit(path);
    const shared = visitor.apply(new Response("x", { headers: { "Cache-Control": "public", Vary: "Accept" } }));
    expect(shared.headers.get("Vary")).toBe(`Accept, ${vary}`);
    expect(shared.headers.get("Cache-Control")).toBe("public");
    expect(visitor.headers.get("Vary")).toBe(vary);
  });

  test("what a caller gets, no cache keeps", async () => {
    const kit = bearerKit();
    for (const token of [await kit.token(), await kit.robot(), "garbage"]) {
      const visitor = await kit.visit("/v1/x", `Bearer ${token}`);
      const answer = visitor.apply(new Response("x", { headers: { "Cache-Control": "public" } }));
      expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
      expect(answer.headers.get("Vary")).toBe("Authorization");
    }
  });
});

describe("the wall against forged calls follows the credential", () => {
  const POST = { method: "POST", headers: { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" } };
  const guard = createGuard({ machines: ["/api/*", "/v1/*"] });

  async function statusOf(kit: BearerKit, request: Request): Promise<number> {
    const admission = await guard.admit(kit.auth, request, kit.background);
    return "answer" in admission ? admission.answer.status : 200;
  }

  test.each([
    ["/page", true, 403],
    ["/api/x", true, 403],
    ["/v1/x", false, 200],
  ])("CS-01 a foreign page's POST to %s with cookie and header: %s", async (path, isForged, status) => {
    const kit = bearerKit({}, { policies: { csrf: createCsrf() } });
    const browser = await kit.signIn();
    const headers = { ...POST.headers, Authorization: `Bearer ${await kit.token()}` };
    expect(await statusOf(kit, browser.request(path, { method: "POST", headers }))).toBe(status);
    expect(kit.events.some(({ type }) => type === "csrf")).toBe(isForged);
  });

  test.each(["Basic YTpi", "BearerX a", ""])("CS-01 %j beside the cookie opens no door", async (Authorization) => {
    const kit = bearerKit({}, { policies: { csrf: createCsrf() } });
    const browser = await kit.signIn();
    for (const path of ["/api/x", "/page"]) {
      const request = browser.request(path, { method: "POST", headers: { ...POST.headers, Authorization } });
      expect(await statusOf(kit, request)).toBe(403);
    }
  });

  test("CS-06 a header token needs no further header, and comes from anywhere", async () => {
    const kit = bearerKit({}, { policies: { csrf: createCsrf() } });
    for (const token of [await kit.token(), await kit.robot()]) {
      for (const path of ["/api/x", "/v1/x"]) {
        expect(await statusOf(kit, kit.request(path, `Bearer ${token}`, POST))).toBe(200);
      }
    }
    expect(kit.events).toEqual([]);
  });
});

describe("tokens that are not believed", () => {
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

  test("CF-03 a sealed session in the header is no token, and nobody's look-up gets to see it", async () => {
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

describe("programs", () => {
  test.each([
    ["the client's id as `sub` (RFC 9068)", {}],
    ["`azp` in place of `client_id`", { client_id: undefined, azp: "robot" }],
    ["Auth0's form", { sub: "robot@clients", client_id: undefined, azp: "robot", gty: "client-credentials" }],
    ["a list of grants", { sub: "x", gty: ["client_credentials"] }],
    ["Entra ID's form", { sub: "object-id", client_id: undefined, azp: "robot", idtyp: "app" }],
    ["Okta's form", { client_id: undefined, cid: "robot", scope: undefined, scp: ["jobs:run", "jobs:read"] }],
    ["Keycloak's form", { sub: "uuid", preferred_username: "service-account-robot" }],
  ])("are told from people by %s, and are nobody's `authenticated`", async (_, claims) => {
    const kit = bearerKit();
    const visitor = await kit.visit("/v1/x", `Bearer ${await kit.robot(claims)}`);
    expect(visitor).toMatchObject({ state: "machine", clientId: "robot", permissions: ["jobs:run", "jobs:read"] });
    expect(visitor).not.toHaveProperty("user");
    expect(visitor).not.toHaveProperty("sessionId");
    expect(visitor).not.toHaveProperty("accessToken");
  });

  test("a person who called themselves a service account has signed in somewhere, and stays a person", async () => {
    const kit = bearerKit();
    const token = await kit.token({ preferred_username: "service-account-x" });
    expect(await kit.visit("/v1/x", `Bearer ${token}`)).toMatchObject({ state: "authenticated" });
  });

  test("are refused where only people are let in, although issuer and audience are the same", async () => {
    const kit = bearerKit({ machines: undefined } as never);
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${await kit.robot()}`), "caller_not_enabled");
  });

  test("are held against their own trust alone", async () => {
    const elsewhere = { ...TRUST, verify: { ...TRUST.verify, audience: "https://jobs.example.com" } };
    const kit = bearerKit({ machines: elsewhere as never });
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${await kit.robot()}`), "recipient_mismatch");
    expect(await kit.visit("/v1/x", `Bearer ${await kit.robot({ aud: "https://jobs.example.com" })}`)).toMatchObject({
      state: "machine",
    });
  });

  test("an app may know its programs better; what it says of an unsigned token counts for nothing", async () => {
    const kit = bearerKit({ isMachine: (claims) => claims.kind === "robot" });
    expect(await kit.visit("/v1/x", `Bearer ${await kit.token({ kind: "robot" })}`)).toMatchObject({
      state: "machine",
    });
    const forged = unsignedToken(
      { alg: "ES256", kid: "k1" },
      { iss: "https://idp.example", aud: API, sub: "x", client_id: "x", kind: "robot", iat: START, exp: START + 60 },
      64,
    );
    expect(await kit.visit("/v1/x", `Bearer ${forged}`)).toMatchObject({ reason: "signature_invalid" });
  });

  test("say who they are, and nothing of their token", async () => {
    const kit = bearerKit();
    const visitor = await kit.visit(
      "/v1/x",
      `Bearer ${await kit.robot({ org_id: "org_1", permissions: ["jobs:run"], role: "worker" })}`,
    );
    if (visitor.state !== "machine") throw new Error(visitor.state);
    expect(visitor.toJSON()).toEqual({
      state: "machine",
      clientId: "robot",
      organizationId: "org_1",
      roles: ["worker"],
      permissions: ["jobs:run", "jobs:read"],
      expiresAt: START + 300,
    });
    expect(visitor.claims).toMatchObject({ sub: "robot", scope: "jobs:run jobs:read" });
    expect(Object.isFrozen(visitor) && Object.isFrozen(visitor.permissions) && Object.isFrozen(visitor.claims)).toBe(
      true,
    );
    expectNoCookie(visitor);
    expect(kit.events).toEqual([]);
  });

  test("AU-06 who are refused as no person, or for what they lack, leave one event that names the client", async () => {
    const kit = bearerKit();
    const visitor = await kit.visit("/v1/x", `Bearer ${await kit.robot({ org_id: "org_1" })}`, { headers: NAVIGATES });
    if (visitor.state !== "machine") throw new Error(visitor.state);
    const answers = [visitor.deny()];
    kit.clock.now += 10;
    answers.push(visitor.deny({ permission: "x" }));
    expect(await Promise.all(answers.map(async (answer) => [answer.status, await answer.json()]))).toEqual([
      [403, { error: "forbidden", missing: { person: true } }],
      [403, { error: "forbidden", missing: { permission: "x" } }],
    ]);
    expect(kit.events).toMatchObject([
      { type: "forbidden", reason: "person", detail: "client robot", organizationId: "org_1" },
      { type: "forbidden", reason: "permission", detail: "client robot" },
    ]);
    expect(kit.events[0]).not.toHaveProperty("userId");
  });
});

describe("API keys", () => {
  const OWNER = { clientId: "acme", organizationId: "org_1", permissions: ["jobs:run"], roles: ["worker"] };

  test.each(["sk_live_0123456789", "SG.abc.def", "abc.def", "a+b/c==", "x".repeat(1_024)])(
    "%j is looked up by the key or its hash, once",
    async (key) => {
      const seen: unknown[] = [];
      const kit = bearerKit({
        apiKeys: (presented) => {
          seen.push(presented);
          return OWNER;
        },
      });
      const visitor = await kit.visit("/v1/x", `Bearer ${key}`);
      expect(visitor).toMatchObject({ state: "machine", ...OWNER });
      expect(visitor).not.toHaveProperty("claims");
      expect(visitor).not.toHaveProperty("expiresAt");
      expect(seen).toEqual([{ key, sha256: expect.stringMatching(/^[\w-]{43}$/) }]);
      expect([kit.fetched, kit.events]).toEqual([[], []]);
    },
  );

  test("the hash is that of the key", async () => {
    const seen: string[] = [];
    const kit = bearerKit({
      apiKeys: ({ sha256 }) => {
        seen.push(sha256);
        return null;
      },
    });
    await kit.visit("/v1/x", "Bearer abc");
    expect(seen).toEqual(["ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"]);
  });

  test("a token is never shown to the look-up, not even a bad one", async () => {
    const lookup = vi.fn(() => OWNER);
    const kit = bearerKit({ apiKeys: lookup });
    const token = await kit.token();
    for (const text of [token, `${token.slice(0, -4)}AAAA`, "eyJhbGciOiJub25lIn0.e30.", "ewogfQ.e30.c2ln"]) {
      await kit.visit("/v1/x", `Bearer ${text}`);
    }
    expect(lookup).not.toHaveBeenCalled();
  });

  test.each(["x".repeat(1_025), "es1.abc"])("%j is no key", async (key) => {
    const lookup = vi.fn(() => OWNER);
    const kit = bearerKit({ apiKeys: lookup });
    await expectRefused(kit, await kit.visit("/v1/x", `Bearer ${key}`), "token_malformed");
    expect(lookup).not.toHaveBeenCalled();
  });

  test("where there are none, none is looked up", async () => {
    const kit = bearerKit();
    await expectRefused(kit, await kit.visit("/v1/x", "Bearer sk_live_1"), "token_malformed");
  });

  test("a key that is not there is refused, in the same bytes as a bad token", async () => {
    const kit = bearerKit({ apiKeys: async () => null });
    await expectRefused(kit, await kit.visit("/v1/x", "Bearer sk_live_1"), "unknown_api_key");
  });

  test.each([
    [START, "anonymous"],
    [START + 1, "machine"],
  ])("a key that ends at %s: %s", async (expiresAt, state) => {
    const kit = bearerKit({ apiKeys: () => ({ clientId: "acme", expiresAt }) });
    expect((await kit.visit("/v1/x", "Bearer sk_live_1")).state).toBe(state);
  });

  test("a look-up that throws turns nobody away, and its words, which may hold the key, are told nobody", async () => {
    const kit = bearerKit({
      apiKeys: ({ key }) => {
        throw new Error(`no row for ${key}`);
      },
    });
    const visitor = await kit.visit("/v1/x", "Bearer sk_live_1");
    expect(visitor).toMatchObject({ state: "unavailable", reason: "store_unreachable" });
    expect(kit.events).toMatchObject([{ type: "store_unreachable" }]);
    expect(JSON.stringify(kit.events)).not.toContain("sk_live_1");
  });

  test("ST-01 a look-up that never answers is one that is down", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const asked = Promise.withResolvers<void>();
      const lookup = () => {
        asked.resolve();
        return new Promise<null>(() => undefined);
      };
      const visiting = bearerKit({ apiKeys: lookup }).visit("/v1/x", "Bearer sk_live_1");
      await asked.promise;
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await visiting).toMatchObject({ state: "unavailable", reason: "store_unreachable" });
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    undefined,
    true,
    {},
    { clientId: "" },
    { clientId: 5 },
    { clientId: "a", permissions: "x" },
    { clientId: "a", roles: [5] },
    { clientId: "a", expiresAt: Number.NaN },
  ])("an answer of %j is a mistake of the app, and lets nobody in", async (answer) => {
    const kit = bearerKit({ apiKeys: () => answer as never });
    await expect(kit.visit("/v1/x", "Bearer sk_live_1")).rejects.toMatchObject({ code: "config_invalid" });
  });

  test("what the app handed out is its own: changing it changes nobody, and we do not freeze it", async () => {
    const owner = { clientId: "acme", permissions: ["jobs:run"] };
    const kit = bearerKit({ apiKeys: () => owner });
    const visitor = await kit.visit("/v1/x", "Bearer sk_live_1");
    owner.permissions.push("admin");
    expect(visitor).toMatchObject({ permissions: ["jobs:run"] });
  });
});

describe("a guard in front of an app", () => {
  async function admit(kit: BearerKit, options: Parameters<typeof createGuard>[0], path: string, token: string) {
    const admission = await createGuard(options).admit(kit.auth, kit.request(path, `Bearer ${token}`), kit.background);
    return "answer" in admission ? admission.answer.status : admission.visitor.state;
  }

  test.each(["/v1/x", "/v1/public", "/api/x"])("lets no program onto %s by accident", async (path) => {
    const kit = bearerKit();
    const robot = await kit.robot();
    expect(await admit(kit, { publicPaths: ["/v1/public"] }, path, robot)).toBe(403);
    expect(await admit(kit, { publicPaths: ["/*"] }, path, robot)).toBe(403);
    expect(await admit(kit, { machines: ["/v1"] }, path, robot)).toBe(403);
  });

  test("lets them in where a path is theirs, and asks of them what a guard asks", async () => {
    const kit = bearerKit();
    const robot = await kit.robot({ auth_time: START });
    const machines = ["/v1/*"];
    expect(await admit(kit, { machines }, "/v1/x", robot)).toBe("machine");
    expect(await admit(kit, { machines, guards: { "/v1/*": { permission: "jobs:run" } } }, "/v1/x", robot)).toBe(
      "machine",
    );
    expect(await admit(kit, { machines, guards: { "/v1/*": { permission: "jobs:stop" } } }, "/v1/x", robot)).toBe(403);
    expect(await admit(kit, { machines, guards: { "/v1/*": { organization: true } } }, "/v1/x", robot)).toBe(403);
    const recent = { "/v1/*": { recentAuth: { withinSeconds: 600 } } } as const;
    expect(await admit(kit, { machines, guards: recent, now: () => START }, "/v1/x", robot)).toBe(403);
  });

  test("people with a header token come in as ever", async () => {
    const kit = bearerKit();
    expect(await admit(kit, {}, "/v1/x", await kit.token())).toBe("authenticated");
  });
});

describe("the part itself", () => {
  test.each([
    [{}, ["routes", "at least one"]],
    [{ routes: {}, users: TRUST }, ["routes"]],
    [{ routes: { "/api/*": "cookie" }, users: TRUST }, ["routes"]],
    [{ routes: { "api/*": "header" }, users: TRUST }, ["api/*"]],
    [{ routes: { "/orgs/:org/*": "header" }, users: TRUST }, ["parameters"]],
    [{ routes: { "/api/*": "bearer" }, users: TRUST }, ["either"]],
    [{ routes: { "/api/*": "header" }, users: {} }, ["users"]],
    [
      { routes: { "/api/*": "header" }, machines: { ...TRUST, verify: { ...TRUST.verify, kind: "id_token" } } },
      ["ID tokens"],
    ],
    [{ routes: { "/api/*": "header" }, apiKeys: {} }, ["apiKeys"]],
    [{ routes: { "/api/*": "header" }, users: TRUST, audience: "x" }, ["audience"]],
    [null, ["options"]],
  ])("CF-01 %j is refused when it is made", (options, words) => {
    let thrown: unknown;
    try {
      bearerTokens(options as never);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "config_invalid" });
    for (const word of words) expect(String((thrown as { problems: string[] }).problems)).toContain(word);
  });

  test("CF-01 what only looks like it is no `bearer` of an auth", () => {
    expect(() => bearerKit({}, { bearer: {} } as never)).not.toThrow();
    const keyring = parseSessionKeys(generateSessionKeys());
    expect(() => createValidator({ keyring, tokens: TRUST, bearer: {} as never })).toThrow(/bearer/);
  });

  test("a validator takes them as an auth does", async () => {
    const kit = bearerKit();
    const validator = createValidator({
      keyring: parseSessionKeys(generateSessionKeys()),
      tokens: { ...TRUST, verify: { issuer: "https://idp.example", clientId: "client_1" } },
      bearer: bearerTokens({ routes: { "/*": "header" }, users: TRUST, machines: TRUST }),
      now: () => START,
      fetch: async () => new Response(KEYS),
    });
    const ask = async (token: string) =>
      (await validator.validateRequest(new Request(`${ORIGIN}/x`, { headers: { Authorization: `Bearer ${token}` } })))
        .state;
    expect(await ask(await kit.token())).toBe("authenticated");
    expect(await ask(await kit.robot())).toBe("machine");
    expect(await ask("garbage")).toBe("anonymous");
  });

  test("keys of one address are fetched once for all who need them", async () => {
    const kit = bearerKit();
    const browser = await kit.signIn();
    await kit.auth.validateRequest(browser.request("/page"));
    await kit.visit("/v1/x", `Bearer ${await kit.token()}`);
    await kit.visit("/v1/x", `Bearer ${await kit.robot()}`);
    expect(kit.fetched).toEqual([]);
    expect(ROBOT.aud).toBe(API);
  });
});
