import { WorkOS } from "@workos-inc/node";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { problemsOf } from "../../../test/problems.js";
import { isAuthError } from "../base/errors.js";
import type { Provider } from "./provider.js";
import { workos, workosTokens } from "./workos.js";
import type { WorkosClient } from "./workos-client.js";
import type { WorkosOptions } from "./workos-options.js";

const NOW = 1_800_000_000;
const CLIENT_ID = "client_01TESTTESTTEST";
const API_KEY = "sk_test_canaryCanary";
const VERIFIER = "v".repeat(43);
const BASE = { clientId: CLIENT_ID, redirectUri: "https://app.example/auth/callback", now: () => NOW };

interface Call {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}
let calls: Call[];
let origin: (call: Call) => Response | Promise<Response>;
const fetch = async (input: unknown, init: RequestInit = {}) => {
  const body = typeof init.body === "string" && init.body !== "" ? JSON.parse(init.body) : {};
  const call = { url: String(input), method: init.method ?? "GET", headers: new Headers(init.headers), body };
  calls.push(call);
  return origin(call);
};
const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

const light = () => workos({ ...BASE, apiKey: API_KEY, fetch });
const official = () => {
  // Without the retries of the SDK, which sleep on real timers.
  const client = new WorkOS(API_KEY, { clientId: CLIENT_ID, maxRetries: 0 });
  return workos({ ...BASE, client });
};
const CLIENTS: readonly (readonly [string, () => Provider])[] = [
  ["the light client", light],
  ["@workos-inc/node", official],
];

beforeEach(() => {
  calls = [];
  // The SDK takes no `fetch`; it keeps the global one at construction.
  vi.stubGlobal("fetch", fetch);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** As WorkOS documents it, with what else may come along. */
const USER = {
  object: "user",
  id: "user_01",
  email: "ada@example.com",
  first_name: "Ada",
  last_name: null,
  profile_picture_url: "https://x.example/a.png",
  email_verified: true,
  metadata: { secret: "canary" },
  created_at: "2026-01-01T00:00:00.000Z",
  updated_at: "2026-01-01T00:00:00.000Z",
};
const ANSWER = {
  user: USER,
  organization_id: "org_01",
  access_token: "a.b.c",
  refresh_token: "refresh_1",
  authentication_method: "GoogleOAuth",
  sealed_session: "canary",
  impersonator: { email: "root@example.com", reason: "support" },
  oauth_tokens: {
    provider: "GoogleOAuth",
    access_token: "up",
    refresh_token: "up-refresh",
    expires_at: 1_800_003_600,
    scopes: ["email"],
  },
};
const TOKENS = {
  ok: true,
  accessToken: "a.b.c",
  refreshToken: "refresh_1",
  organizationId: "org_01",
  user: { id: "user_01", email: "ada@example.com", firstName: "Ada", profilePictureUrl: "https://x.example/a.png" },
  impersonator: { email: "root@example.com", reason: "support" },
  upstreamTokens: { accessToken: "up", refreshToken: "up-refresh", expiresAt: 1_800_003_600, scopes: ["email"] },
};

describe.each(CLIENTS)("with %s", (name, make) => {
  const refresh = (organizationId?: string) =>
    make().refresh({ refreshToken: "refresh_0", ...(organizationId !== undefined && { organizationId }) });
  const exchange = () => make().exchange({ code: "code_1", codeVerifier: VERIFIER });
  const select = () => make().selectOrganization?.({ pendingToken: "pending_1", organizationId: "org_01" });

  test("exchanges a code with its verifier and takes named fields only", async () => {
    origin = json(200, ANSWER);
    expect(await exchange()).toEqual(TOKENS);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.url).toBe("https://api.workos.com/user_management/authenticate");
    expect(calls[0]?.method).toBe("POST");
    expect(calls[0]?.body).toMatchObject({
      grant_type: "authorization_code",
      client_id: CLIENT_ID,
      client_secret: API_KEY,
      code: "code_1",
      code_verifier: VERIFIER,
    });
    expect(calls[0]?.headers.get("authorization")).toBe(`Bearer ${API_KEY}`);
  });

  test("names the organisation on a refresh, and none where there is none", async () => {
    origin = json(200, ANSWER);
    expect(await refresh("org_01")).toEqual(TOKENS);
    await refresh();
    expect(calls[0]?.body).toMatchObject({
      grant_type: "refresh_token",
      refresh_token: "refresh_0",
      organization_id: "org_01",
    });
    expect(calls[1]?.body.organization_id).toBeUndefined();
  });

  test("finishes an organisation selection", async () => {
    origin = json(200, ANSWER);
    expect(await select()).toEqual(TOKENS);
    expect(calls[0]?.body).toMatchObject({
      grant_type: "urn:workos:oauth:grant-type:organization-selection",
      pending_authentication_token: "pending_1",
      organization_id: "org_01",
    });
  });

  test("RF-23 a refresh that gives no new refresh token, or no user, keeps what is at hand", async () => {
    origin = json(200, { access_token: "a.b.c", refresh_token: null, user: USER, organization_id: null });
    expect(await refresh()).toEqual({ ok: true, accessToken: "a.b.c", user: TOKENS.user });
  });

  test.each([
    ["an error body", { error: "server_error" }],
    ["no access token", { ...ANSWER, access_token: undefined }],
    ["an access token of another type", { ...ANSWER, access_token: 5 }],
    ["an empty access token", { ...ANSWER, access_token: "" }],
    ["an access token of 16 KiB and more", { ...ANSWER, access_token: "a".repeat(16_385) }],
    ["a refresh token of another type", { ...ANSWER, refresh_token: {} }],
    ["a user without id", { ...ANSWER, user: { ...USER, id: undefined } }],
    ["a user with a name of another type", { ...ANSWER, user: { ...USER, first_name: 5 } }],
    ["an organisation of another type", { ...ANSWER, organization_id: 7 }],
    ["a list", [ANSWER]],
    ["null", null],
  ])("OA-14 status 200 with %s is `provider_malformed`, never final", async (_, body) => {
    origin = json(200, body);
    const malformed = { ok: false, final: false, reason: "provider_malformed" };
    expect(await exchange()).toEqual(malformed);
    expect(await refresh()).toEqual(malformed);
  });

  test("OA-14 a sign-in without refresh token or without user is `provider_malformed`", async () => {
    const malformed = { ok: false, final: false, reason: "provider_malformed" };
    for (const missing of ["refresh_token", "user"]) {
      origin = json(200, { ...ANSWER, [missing]: undefined });
      expect(await exchange()).toEqual(malformed);
    }
  });

  test("OA-14 status 200 with HTML is `provider_malformed`", async () => {
    origin = () => new Response("<html>", { status: 200 });
    expect(await refresh()).toEqual({ ok: false, final: false, reason: "provider_malformed" });
  });

  describe("a refresh is over by a closed list", () => {
    test.each([
      [400, { error: "invalid_grant", error_description: "already exchanged" }],
      [400, { code: "invalid_grant", message: "Invalid refresh token" }],
      [403, { code: "mfa_enrollment", message: "m", pending_authentication_token: "p", user: {} }],
      [403, { error: "sso_required", error_description: "d", connection_ids: ["conn_1"] }],
      [400, { error: "sso_required", email: "a@example.com", connection_ids: [] }],
    ])("status %i %j", async (status, body) => {
      origin = json(status, body);
      expect(await refresh()).toEqual({ ok: false, final: true, reason: "code" in body ? body.code : body.error });
      expect(calls).toHaveLength(1);
    });

    test.each([
      [500, { error: "invalid_grant" }],
      [429, { error: "invalid_grant" }],
      [400, "<html>invalid_grant</html>"],
      [400, { message: "invalid_grant" }],
      [403, {}],
      [401, { message: "Unauthorized" }],
      [400, { error: "Invalid_Grant" }],
      [400, { error: ["invalid_grant"] }],
      [404, { message: "not found" }],
      [502, "Bad gateway"],
      [503, {}],
      [408, {}],
      [302, {}],
    ])("RF-06 status %i %j is not final", async (status, body) => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      origin = () => new Response(text, { status });
      expect(await refresh()).toEqual({ ok: false, final: false });
    });

    test.each([
      [400, { error: "invalid_request", error_description: "d" }, "invalid_request"],
      [400, { error: "invalid_client", error_description: "d" }, "invalid_client"],
      [400, { code: "invalid_organization_id", message: "m" }, "invalid_organization_id"],
      [
        403,
        { code: "organization_selection_required", message: "m", pending_authentication_token: "p" },
        "organization_selection_required",
      ],
    ])("RF-16 status %i %j is not final, and says which refusal it was", async (status, body, code) => {
      origin = json(status, body);
      expect(await refresh("org_02")).toEqual({ ok: false, final: false, code });
    });
  });

  describe("a sign-in is refused by every code of a 4xx", () => {
    test.each([
      [400, { error: "invalid_grant", error_description: "d" }, "invalid_grant"],
      [400, { error: "access_denied", error_description: "d" }, "access_denied"],
      [400, { code: "invalid_one_time_code", message: "m" }, "invalid_one_time_code"],
      [
        403,
        { code: "email_verification_required", message: "m", pending_authentication_token: "p" },
        "email_verification_required",
      ],
      [422, { code: "invalid_request_parameters", message: "m", errors: [] }, "invalid_request_parameters"],
    ])("status %i %j", async (status, body, reason) => {
      origin = json(status, body);
      expect(await exchange()).toEqual({ ok: false, final: true, reason });
      expect(await select()).toEqual({ ok: false, final: true, reason });
    });

    test.each(["<script>", "a b", "x".repeat(65), "Ünknown", ""])(
      "with a code of a closed alphabet only, not %j",
      async (code) => {
        origin = json(400, { code, message: "m" });
        expect(await exchange()).toEqual({ ok: false, final: false });
      },
    );

    test("an unreadable 4xx, a 5xx and a rate limit are not final", async () => {
      for (const status of [400, 403, 404, 429, 500, 503]) {
        origin = () => new Response("<html>", { status });
        expect(await exchange()).toEqual({ ok: false, final: false });
      }
    });

    test("OA-15 a needed choice of organisation comes with the pending token and the choices", async () => {
      origin = json(403, {
        code: "organization_selection_required",
        message: "The user must choose an organization to finish their authentication.",
        pending_authentication_token: "pending_1",
        organizations: [{ id: "org_01", name: "One" }, { id: "org_02" }, { name: "no id" }, "junk"],
        user: USER,
      });
      expect(await exchange()).toEqual({
        ok: false,
        final: true,
        reason: "organization_selection_required",
        pending: { token: "pending_1", organizations: [{ id: "org_01", name: "One" }, { id: "org_02" }] },
      });
    });
  });

  test.each([
    ["429 with seconds", 429, { "retry-after": "30" }, { retryAfterSeconds: 30 }],
    ["429 with a day", 429, { "retry-after": "86400" }, { retryAfterSeconds: 120 }],
    ["429 without", 429, {}, {}],
  ])("RF-07 %s", async (_, status, headers: Record<string, string>, expected) => {
    origin = json(status, { error: "too_many_requests", message: "m" }, headers);
    expect(await refresh()).toEqual({ ok: false, final: false, ...expected });
  });

  test("RF-06 a network that fails is not final", async () => {
    origin = () => Promise.reject(new TypeError("reset"));
    expect(await refresh()).toEqual({ ok: false, final: false });
  });

  test("ID-02 an answer that does not come is given up after 8 seconds", async () => {
    vi.useFakeTimers();
    origin = () => new Promise(() => undefined);
    const refreshing = refresh();
    await vi.advanceTimersByTimeAsync(7999);
    let isDone = false;
    void refreshing.then(() => {
      isDone = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(isDone).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await refreshing).toEqual({ ok: false, final: false });
  });

  test("revokes a session, and does nothing without its id", async () => {
    origin = json(200, {});
    await make().revoke?.({ sid: "session_01" });
    await make().revoke?.({ refreshToken: "refresh_0" });
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ method: "POST", body: { session_id: "session_01" } });
    expect(calls[0]?.url).toBe("https://api.workos.com/user_management/sessions/revoke");
  });

  test("lists the organisations of a person", async () => {
    const membership = (id: string, more: object) => ({
      object: "organization_membership",
      id: `om_${id}`,
      user_id: "user_01",
      organization_id: id,
      status: "active",
      ...more,
    });
    origin = json(200, {
      object: "list",
      data: [
        membership("org_01", { organization_name: "One", role: { slug: "admin" } }),
        membership("org_02", { role: { slug: "member" } }),
      ],
      list_metadata: { before: null, after: null },
    });
    expect(await make().organizations?.({ userId: "user_01" })).toEqual([
      { id: "org_01", name: "One", role: "admin" },
      { id: "org_02", role: "member" },
    ]);
    const { pathname, searchParams } = new URL(calls[0]?.url ?? "");
    expect(pathname).toBe("/user_management/organization_memberships");
    expect(searchParams.get("user_id")).toBe("user_01");
  });

  test("throws `provider_unreachable` where a list or a revocation fails, without a word of the answer", async () => {
    origin = json(403, { code: "mfa_challenge", message: "canary", pending_authentication_token: "canary" });
    const provider = make();
    for (const work of [() => provider.organizations?.({ userId: "u" }), () => provider.revoke?.({ sid: "s" })]) {
      const failed = await work()?.then(
        () => null,
        (error: unknown) => error,
      );
      expect(isAuthError(failed, "provider_unreachable")).toBe(true);
      const cause = (failed as Error).cause;
      expect(`${JSON.stringify(failed)}${JSON.stringify(cause)}${String(cause)}${(failed as Error).stack}`).not.toMatch(
        /canary/i,
      );
    }
  });

  test(`${name} answers any body without throwing`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(200, 201, 400, 401, 403, 429, 500),
        fc.oneof(fc.string(), fc.json()),
        async (status, body) => {
          origin = () => new Response(body, { status });
          expect((await exchange()).ok).toBe(false);
          expect((await refresh()).ok).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("the light client", () => {
  test("ID-02 gives up a body that drips, and OA-14 one that grows", async () => {
    vi.useFakeTimers();
    origin = () =>
      new Response(
        new ReadableStream({
          pull: async (controller) => {
            await new Promise((resolve) => setTimeout(resolve, 1000));
            controller.enqueue(new TextEncoder().encode(" "));
          },
        }),
      );
    const refreshing = light().refresh({ refreshToken: "r" });
    await vi.advanceTimersByTimeAsync(8000);
    expect(await refreshing).toEqual({ ok: false, final: false });
    vi.useRealTimers();
    origin = json(200, { ...ANSWER, filler: "x".repeat(1_000_000) });
    expect(await light().refresh({ refreshToken: "r" })).toEqual({
      ok: false,
      final: false,
      reason: "provider_malformed",
    });
  });

  test("RF-07 reads a date in Retry-After, also beside an answer that is no JSON", async () => {
    const headers = { "retry-after": new Date((NOW + 40) * 1000).toUTCString() };
    origin = json(429, {}, headers);
    expect(await light().refresh({ refreshToken: "r" })).toEqual({ ok: false, final: false, retryAfterSeconds: 40 });
    origin = () => new Response("<html>", { status: 503, headers });
    expect(await light().refresh({ refreshToken: "r" })).toEqual({ ok: false, final: false, retryAfterSeconds: 40 });
  });

  test("follows no redirect: the API key goes to WorkOS or nowhere", async () => {
    origin = () => new Response(null, { status: 307, headers: { location: "https://evil.example/" } });
    expect(await light().refresh({ refreshToken: "r" })).toEqual({ ok: false, final: false });
    expect(calls).toHaveLength(1);
  });
});

describe("addresses", () => {
  const input = { state: "s", codeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" };

  test("OA-06 the authorization URL always asks for S256", async () => {
    const url = new URL(await light().authorizationUrl(input));
    expect(`${url.origin}${url.pathname}`).toBe("https://api.workos.com/user_management/authorize");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: CLIENT_ID,
      redirect_uri: BASE.redirectUri,
      response_type: "code",
      provider: "authkit",
      state: "s",
      code_challenge: input.codeChallenge,
      code_challenge_method: "S256",
    });
  });

  test("screen, organisation and login hint are passed on, escaped; `returnTo` is none of the provider's business", async () => {
    const url = new URL(
      await light().authorizationUrl({
        ...input,
        screen: "sign-up",
        organizationId: "org&x=1",
        loginHint: "a+b@example.com",
        returnTo: "/secret",
      }),
    );
    expect(url.searchParams.get("screen_hint")).toBe("sign-up");
    expect(url.searchParams.get("organization_id")).toBe("org&x=1");
    expect(url.searchParams.get("login_hint")).toBe("a+b@example.com");
    expect(url.href).not.toContain("secret");
    expect(url.searchParams.has("x")).toBe(false);
  });

  test("a recent sign-in is asked for by its age, 0 included", async () => {
    for (const maxAgeSeconds of [0, 600]) {
      const url = new URL(await light().authorizationUrl({ ...input, maxAgeSeconds }));
      expect(url.searchParams.get("max_age")).toBe(String(maxAgeSeconds));
    }
  });

  test("OA-06 a code is never sent without a proper verifier", async () => {
    for (const codeVerifier of ["", "v".repeat(42), "v".repeat(129)]) {
      await expect(light().exchange({ code: "c", codeVerifier })).rejects.toBeInstanceOf(RangeError);
    }
    expect(calls).toEqual([]);
  });

  test("the logout URL needs the provider's session id", async () => {
    expect(await light().logoutUrl({})).toBeNull();
    expect(await light().logoutUrl({ sid: "session_01" })).toBe(
      "https://api.workos.com/user_management/sessions/logout?session_id=session_01",
    );
    const url = new URL((await light().logoutUrl({ sid: "a&b", returnTo: "https://app.example/bye?x=1" })) ?? "");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      session_id: "a&b",
      return_to: "https://app.example/bye?x=1",
    });
  });

  test("believes both forms of the issuer, with and without slash, and those of `apiUrl` when set", () => {
    const forms = (at: string) => [
      at,
      `${at}/`,
      `${at}/user_management/${CLIENT_ID}`,
      `${at}/user_management/${CLIENT_ID}/`,
    ];
    const shared = { name: "workos", verify: { clientId: CLIENT_ID, algorithms: ["RS256"] } };
    expect(workosTokens({ clientId: CLIENT_ID })).toMatchObject({
      ...shared,
      jwksUrl: `https://api.workos.com/sso/jwks/${CLIENT_ID}`,
      verify: { issuer: forms("https://api.workos.com") },
    });
    expect(workosTokens({ clientId: CLIENT_ID, apiUrl: "http://localhost:4100/" })).toMatchObject({
      ...shared,
      jwksUrl: `http://localhost:4100/sso/jwks/${CLIENT_ID}`,
      verify: { issuer: [...forms("https://api.workos.com"), ...forms("http://localhost:4100")] },
    });
    expect(workosTokens({ clientId: CLIENT_ID, issuer: "https://auth.example.com" }).verify.issuer).toEqual([
      "https://auth.example.com",
    ]);
    expect(workosTokens({ clientId: CLIENT_ID, issuer: ["a", "b"] }).verify.issuer).toEqual(["a", "b"]);
    const { jwksUrl, verify } = light();
    expect({ jwksUrl, verify }).toEqual({
      jwksUrl: workosTokens(BASE_TOKENS).jwksUrl,
      verify: workosTokens(BASE_TOKENS).verify,
    });
  });
});

const BASE_TOKENS = { clientId: CLIENT_ID };

describe("CF-01 configuration", () => {
  /** As: what JavaScript passes has no types. */
  const refused = (options: object) => problemsOf(() => workos(options as WorkosOptions));

  test("names every problem at once, and no value", () => {
    const problems = refused({
      clientId: "your-client-id",
      apiKey: " canary ",
      redirectUri: "/canary",
      apiUrl: "http://canary.example",
      issuer: "",
      redirectURI: "canary",
    });
    expect(problems).toHaveLength(6);
    expect(problems.join()).not.toContain("canary");
    for (const option of ["clientId", "apiKey", "redirectUri", "apiUrl", "issuer", "redirectURI"]) {
      expect(problems.some((problem) => problem.includes(`\`${option}\``))).toBe(true);
    }
  });

  test.each([
    ["clientId", undefined],
    ["clientId", ""],
    ["clientId", "client_"],
    ["clientId", "client_xxx"],
    ["clientId", "client_..."],
    ["clientId", "client id"],
    ["apiKey", undefined],
    ["apiKey", ""],
    ["apiKey", "sk_test_"],
    ["apiKey", "sk_test_xxxxx"],
    ["apiKey", "changeme"],
    ["apiKey", "sk_ä"],
    ["redirectUri", undefined],
    ["redirectUri", "http://app.example/callback"],
    ["redirectUri", "https://app.example/callback#x"],
    ["redirectUri", "https://u:p@app.example/callback"],
    ["redirectUri", "javascript:alert(1)"],
    ["apiUrl", "http://api.example"],
    ["apiUrl", "https://api.example?x"],
    ["apiUrl", ""],
    ["issuer", []],
    ["issuer", ["https://a.example", ""]],
    ["issuer", " https://a.example"],
    ["codeChallengeMethod", "plain"],
    ["client", {}],
  ])("OA-06 CF-01 %s %j is one problem", (option, value) => {
    expect(refused({ ...BASE, apiKey: API_KEY, [option]: value })).toHaveLength(1);
  });

  test("takes loopback for development, and one of key and client", () => {
    expect(
      refused({
        ...BASE,
        apiKey: API_KEY,
        redirectUri: "http://localhost:8787/auth/callback",
        apiUrl: "http://127.0.0.1:4100",
      }),
    ).toEqual([]);
    expect(refused({ ...BASE, apiKey: API_KEY, client: new WorkOS(API_KEY) })).toHaveLength(1);
    expect(refused({ ...BASE })).toHaveLength(1);
  });

  test("the official SDK is a client as it is", () => {
    const client: WorkosClient = new WorkOS(API_KEY, { clientId: CLIENT_ID });
    expect(refused({ ...BASE, client })).toEqual([]);
  });
});
