import { describe, expect, test } from "vitest";
import { atHash, CLIENT_ID, createOpenidIssuer, ISSUER, type OpenidIssuer } from "../../../test/openid-issuer.js";
import { problemsOf } from "../../../test/problems.js";
import { createSigner, NOW, unsignedToken } from "../../../test/tokens.js";
import { oidc, oidcTokens } from "./oidc.js";
import type { OidcOptions, OidcTokensOptions } from "./oidc-options.js";
import { auth0, cognito, google, microsoft, okta } from "./oidc-presets.js";
import { createPkce } from "./pkce.js";
import type { Provider, ProviderAnswer } from "./provider.js";

const signer = await createSigner("k1", "ES256");
const { codeVerifier, codeChallenge } = await createPkce();
const BASE = { issuer: ISSUER, clientId: CLIENT_ID, redirectUri: "https://app.example.com/auth/callback" };
const INVALID: ProviderAnswer = { ok: false, final: true, reason: "id_token_invalid" };
const MALFORMED: ProviderAnswer = { ok: false, final: false, reason: "provider_malformed" };
const TOKEN = `${ISSUER}/token`;

function setUp(more: Partial<OidcOptions> = {}): { provider: Provider; issuer: OpenidIssuer; clock: { now: number } } {
  const issuer = createOpenidIssuer(signer);
  const clock = { now: NOW };
  // `as`: every variant of the options is one of three kinds.
  const options = { ...BASE, fetch: issuer.fetch, now: () => clock.now, ...more } as OidcOptions;
  return { provider: oidc(options), issuer, clock };
}

const exchange = (provider: Provider) => provider.exchange({ code: "code-1", codeVerifier, nonce: "n-1" });
const refresh = (provider: Provider) => provider.refresh({ refreshToken: "r-0" });

/** The issuer answers with these members instead of its own; `undefined` leaves one out. */
function answerWith(issuer: OpenidIssuer, members: object): void {
  const { tokens } = issuer;
  issuer.tokens = async () => ({ ...((await tokens()) as object), ...members });
}

describe("OA-08 an ID token that does not hold makes no session", () => {
  test.each<[string, object, object?]>([
    ["without nonce", { nonce: undefined }],
    ["with another nonce", { nonce: "n-2" }],
    ["with a nonce that is no text", { nonce: ["n-1"] }],
    ["with another `azp`", { azp: "client-2" }],
    ["for two clients without `azp`", { aud: [CLIENT_ID, "client-2"] }],
    ["for another client", { aud: "client-2" }],
    ["for a list without us", { aud: ["client-2"] }],
    ["with another `at_hash`", { at_hash: "AAAAAAAAAAAAAAAAAAAAAA" }],
    ["with an `at_hash` that is no text", { at_hash: 1 }],
    ["of another issuer", { iss: "https://other.example.com" }],
    ["of the issuer with a slash", { iss: `${ISSUER}/` }],
    ["that has ended", { exp: NOW - 61, iat: NOW - 361 }],
    ["without an end", { exp: undefined }],
    ["without a beginning", { iat: undefined }],
    ["without a person", { sub: undefined }],
    ["of a person that is no text", { sub: 7 }],
    ["that is not valid yet", { nbf: NOW + 120 }],
    ["with an algorithm that is not believed", {}, { alg: "HS256" }],
    ["with no algorithm", {}, { alg: "none" }],
    ["with a critical extension", {}, { crit: ["x"] }],
  ])("%s", async (_, claims, header) => {
    const { provider, issuer } = setUp();
    answerWith(issuer, { id_token: await issuer.idToken(claims, header) });
    expect(await exchange(provider)).toEqual(INVALID);
  });

  test.each([
    ["a text that is no JWT", "abc"],
    ["two segments", "YQ.YQ"],
    ["a payload that is no object", `${btoa('{"alg":"ES256"}')}.${btoa("[]")}.YQ`],
    ["an encrypted one", "a.b.c.d.e"],
  ])("%s", async (_, idToken) => {
    const { provider, issuer } = setUp();
    answerWith(issuer, { id_token: idToken });
    expect(await exchange(provider)).toEqual(INVALID);
  });

  test("one with a nonce, where none was sent", async () => {
    const { provider } = setUp();
    expect(await provider.exchange({ code: "c", codeVerifier })).toEqual(INVALID);
  });

  test("an `at_hash` of the access token that came along is fine, with each hash", async () => {
    const { provider, issuer } = setUp();
    answerWith(issuer, { id_token: await issuer.idToken({ at_hash: await atHash("opaque-1"), azp: CLIENT_ID }) });
    expect(await exchange(provider)).toMatchObject({ ok: true });
    const edSigner = await createSigner("k2", "EdDSA");
    const at_hash = await atHash("opaque-1", "SHA-512");
    const claims = { iss: ISSUER, sub: "user-1", aud: CLIENT_ID, iat: NOW, exp: NOW + 300, nonce: "n-1", at_hash };
    answerWith(issuer, { id_token: await edSigner.sign(claims) });
    expect(await exchange(provider)).toMatchObject({ ok: true });
  });
});

describe("OA-14 an answer that is not what was promised", () => {
  test.each<readonly [string, object]>([
    ["an error with status 200", { error: "invalid_grant" }],
    ["no access token", { access_token: undefined }],
    ["an access token that is no text", { access_token: { a: 1 } }],
    ["an access token longer than any cookie", { access_token: "a".repeat(16_385) }],
    ["another type of token", { token_type: "DPoP" }],
    ["no type of token", { token_type: undefined }],
    ["a refresh token that is no text", { refresh_token: 1 }],
    ["an ID token that is no text", { id_token: {} }],
    ["no ID token", { id_token: undefined }],
    ["a megabyte more", { more: "x".repeat(1_000_000) }],
  ])("%s gives no tokens, and ends nothing", async (_, members) => {
    const { provider, issuer } = setUp();
    answerWith(issuer, members);
    expect(await exchange(provider)).toEqual(MALFORMED);
    expect(await refresh(provider)).toEqual(MALFORMED);
  });

  test.each(["", "[]", "null", "<html>", '{"access_token":"a"'])("the text %j with status 200", async (text) => {
    const { provider, issuer } = setUp();
    issuer.instead.set(TOKEN, () => new Response(text, { status: 200 }));
    expect(await exchange(provider)).toEqual(MALFORMED);
    expect(await refresh(provider)).toEqual(MALFORMED);
  });

  test("a refresh whose two tokens speak of two people gives neither", async () => {
    const { provider, issuer } = setUp({ audience: "https://api.example.com", sessionToken: "access_token" });
    const access = { iss: ISSUER, aud: "https://api.example.com", iat: NOW, exp: NOW + 300 };
    answerWith(issuer, { access_token: await signer.sign({ ...access, sub: "user-2" }) });
    expect(await refresh(provider)).toEqual(MALFORMED);
    answerWith(issuer, { access_token: await signer.sign({ ...access, sub: "user-1" }) });
    expect(await refresh(provider)).toMatchObject({ ok: true });
  });

  test("a refresh with an ID token of somebody else's client gives none", async () => {
    const { provider, issuer } = setUp();
    answerWith(issuer, { id_token: await issuer.idToken({ aud: "client-2" }) });
    expect(await refresh(provider)).toEqual(MALFORMED);
  });
});

describe("ID-05 a discovery document of another issuer", () => {
  test.each([
    ["another host", "https://evil.example.com"],
    ["with a slash more", `${ISSUER}/`],
    ["in capitals", ISSUER.toUpperCase()],
    ["no issuer", undefined],
  ])("is not believed: %s", async (_, named) => {
    const { provider, issuer } = setUp();
    issuer.document.issuer = named;
    const problem = { code: "provider_malformed", message: expect.stringContaining("exactly") };
    await expect(provider.authorizationUrl({ state: "s", codeChallenge })).rejects.toMatchObject(problem);
    await expect(provider.acceptsIssuer?.(undefined)).rejects.toMatchObject(problem);
    expect(await exchange(provider)).toEqual(MALFORMED);
    expect(await refresh(provider)).toEqual(MALFORMED);
    expect(issuer.forms).toEqual([]);
  });

  test.each(["authorization_endpoint", "token_endpoint", "jwks_uri"])(
    "nor one whose `%s` is not safe",
    async (name) => {
      for (const address of [undefined, "http://login.example.com/x", "javascript:alert(1)", "/relative", 7]) {
        const { provider, issuer } = setUp();
        issuer.document[name] = address;
        expect(await refresh(provider)).toEqual(MALFORMED);
        expect(issuer.forms).toEqual([]);
      }
    },
  );

  test("endpoints that are not needed are left out when they are not safe", async () => {
    const { provider, issuer } = setUp();
    issuer.document.end_session_endpoint = "http://login.example.com/end";
    issuer.document.revocation_endpoint = "ftp://login.example.com/revoke";
    expect(await provider.logoutUrl({})).toBeNull();
    await provider.revoke?.({ refreshToken: "r-1" });
    expect(issuer.forms).toEqual([]);
  });
});

describe("what a refusal means", () => {
  const json = (status: number, error: unknown, headers = {}) => Response.json({ error }, { status, headers });
  const over = { ok: false, final: true, reason: "invalid_grant" };
  const down = { ok: false, final: false };

  test.each<readonly [string, () => Response, unknown]>([
    ["400 invalid_grant", () => json(400, "invalid_grant"), over],
    ["401 invalid_grant", () => json(401, "invalid_grant", { "WWW-Authenticate": "Basic" }), over],
    ["403 invalid_grant", () => json(403, "invalid_grant"), over],
    ["404 invalid_grant", () => json(404, "invalid_grant"), { ...down, code: "invalid_grant" }],
    ["429 invalid_grant", () => json(429, "invalid_grant", { "Retry-After": "7" }), { ...down, retryAfterSeconds: 7 }],
    ["500 invalid_grant", () => json(500, "invalid_grant"), down],
    ["401 invalid_client", () => json(401, "invalid_client"), { ...down, code: "invalid_client" }],
    ["400 interaction_required", () => json(400, "interaction_required"), { ...down, code: "interaction_required" }],
    ["400 with a code that is no word", () => json(400, "invalid grant<script>"), down],
    ["400 with a list of codes", () => json(400, ["invalid_grant"]), down],
    ["400 with the code elsewhere", () => Response.json({ error: { code: "invalid_grant" } }, { status: 400 }), down],
    ["400 in HTML", () => new Response("<p>invalid_grant", { status: 400 }), down],
    [
      "503 with a pause",
      () => new Response("", { status: 503, headers: { "Retry-After": "900" } }),
      { ...down, retryAfterSeconds: 120 },
    ],
    ["a redirect", () => new Response(null, { status: 302, headers: { Location: "https://evil.example" } }), down],
    ["204", () => new Response(null, { status: 204 }), down],
  ])("of a refresh: %s", async (_, answer, meaning) => {
    const { provider, issuer } = setUp();
    issuer.instead.set(TOKEN, answer);
    expect(await refresh(provider)).toEqual(meaning);
    expect(issuer.asked.filter((address) => address === TOKEN)).toHaveLength(1);
  });

  test("a sign-in has nothing to lose: each code of a 4xx ends it", async () => {
    const { provider, issuer } = setUp();
    issuer.instead.set(TOKEN, () => json(401, "invalid_client"));
    expect(await exchange(provider)).toEqual({ ok: false, final: true, reason: "invalid_client" });
    issuer.instead.set(TOKEN, () => json(500, "server_error"));
    expect(await exchange(provider)).toEqual(down);
  });

  test("ID-04 nobody there is never the end of a session", async () => {
    const { provider, issuer } = setUp();
    issuer.instead.set(TOKEN, () => Promise.reject(new TypeError("dns")));
    expect(await refresh(provider)).toEqual(down);
    const other = setUp();
    other.issuer.instead.set(`${ISSUER}/.well-known/openid-configuration`, () => Promise.reject(new TypeError("tls")));
    expect(await refresh(other.provider)).toEqual(down);
    expect(other.issuer.forms).toEqual([]);
  });

  test("a token call that discovery has left no time for is not made: it could use the refresh token up", async () => {
    const { provider, issuer, clock } = setUp();
    issuer.instead.set(`${ISSUER}/.well-known/openid-configuration`, () => {
      clock.now += 6;
      return Response.json(issuer.document);
    });
    expect(await refresh(provider)).toEqual(down);
    expect(issuer.forms).toEqual([]);
    expect(await refresh(provider)).toMatchObject({ ok: true });
  });
});

describe("the person", () => {
  test("comes from the ID token where it says more than `sub`", async () => {
    const { provider, issuer } = setUp();
    const names = {
      email: "a@example.com",
      email_verified: true,
      given_name: "A",
      family_name: "B",
      picture: "https://p",
    };
    answerWith(issuer, { id_token: await issuer.idToken(names) });
    expect(await exchange(provider)).toMatchObject({
      user: { id: "user-1", email: "a@example.com", firstName: "A", lastName: "B", profilePictureUrl: "https://p" },
    });
    expect(issuer.asked).not.toContain(`${ISSUER}/me`);
  });

  test("comes from UserInfo otherwise, if that speaks of the same one", async () => {
    const { provider, issuer } = setUp();
    expect(await exchange(provider)).toMatchObject({
      user: { id: "user-1", email: "ada@example.com", firstName: "Ada" },
    });
    issuer.instead.set(`${ISSUER}/me`, () => Response.json({ sub: "user-2", email: "eve@example.com" }));
    expect((await exchange(provider)) as object).toHaveProperty("user", { id: "user-1" });
    issuer.instead.set(`${ISSUER}/me`, () => Promise.reject(new TypeError("reset")));
    expect((await exchange(provider)) as object).toHaveProperty("user", { id: "user-1" });
  });

  test("OA-20 has no address that the provider says nobody has proven", async () => {
    for (const email_verified of [false, "false"]) {
      const { provider, issuer } = setUp();
      answerWith(issuer, {
        id_token: await issuer.idToken({ email: "boss@corp.com", email_verified, given_name: "A" }),
      });
      expect((await exchange(provider)) as object).toHaveProperty("user", { id: "user-1", firstName: "A" });
    }
  });
});

describe("tokens", () => {
  test("a session rests on the ID token; `onLogin` is shown the access token", async () => {
    const { provider, issuer } = setUp();
    answerWith(issuer, { scope: "openid  email" });
    const answer = await exchange(provider);
    expect(answer).toEqual({
      ok: true,
      accessToken: expect.stringMatching(/^ey/),
      refreshToken: "r-1",
      user: { id: "user-1", email: "ada@example.com", firstName: "Ada" },
      upstreamTokens: { accessToken: "opaque-1", expiresAt: NOW + 300, scopes: ["openid", "email"] },
    });
    expect(provider.verify).toMatchObject({ issuer: ISSUER, clientId: CLIENT_ID, kind: "id_token" });
  });

  test("a refresh leaves the person alone, and may leave the refresh token as it is", async () => {
    const { provider, issuer } = setUp();
    answerWith(issuer, {
      refresh_token: undefined,
      id_token: await issuer.idToken({ nonce: undefined, email: "a@b.c" }),
    });
    expect(await refresh(provider)).toEqual({ ok: true, accessToken: expect.stringMatching(/^ey/) });
  });

  test("with an audience a session rests on the access token, and a refresh needs no ID token", async () => {
    const { provider, issuer } = setUp({ audience: "https://api.example.com", sessionToken: "access_token" });
    answerWith(issuer, { access_token: "jwt-1" });
    const answer = await exchange(provider);
    expect(answer).toMatchObject({ ok: true, accessToken: "jwt-1" });
    expect(answer).not.toHaveProperty("upstreamTokens");
    answerWith(issuer, { id_token: undefined });
    expect(await refresh(provider)).toEqual({ ok: true, accessToken: "jwt-1", refreshToken: "r-1" });
    expect(provider.verify).toMatchObject({ audience: "https://api.example.com", kind: "access_token" });
    expect(provider.verify).not.toHaveProperty("clientId");
  });

  test("OA-06 a code is never sent without a proper verifier", async () => {
    const { provider, issuer } = setUp();
    for (const verifier of ["", "short", "v".repeat(42), "v".repeat(129), `${"v".repeat(42)}+`]) {
      await expect(provider.exchange({ code: "c", codeVerifier: verifier })).rejects.toBeInstanceOf(RangeError);
    }
    expect(issuer.asked).toEqual([]);
  });
});

describe("requests", () => {
  test("a code goes with verifier and redirect URI; a public client names itself", async () => {
    const { provider, issuer } = setUp();
    await exchange(provider);
    expect(Object.fromEntries(issuer.forms[0] ?? [])).toEqual({
      grant_type: "authorization_code",
      code: "code-1",
      code_verifier: codeVerifier,
      redirect_uri: BASE.redirectUri,
      client_id: CLIENT_ID,
    });
    expect(issuer.headers[0]?.has("Authorization")).toBe(false);
  });

  test("the secret goes where the provider says it can read it, or where it is told to", async () => {
    const header = `Basic ${btoa("client%2D1:se%2Bcret")}`;
    const cases = [
      [undefined, undefined, header],
      [["client_secret_basic", "client_secret_post"], undefined, null],
      [["client_secret_basic"], undefined, header],
      [["client_secret_basic", "client_secret_post"], "client_secret_basic", header],
      [["client_secret_basic"], "client_secret_post", null],
    ] as const;
    for (const [methods, clientAuthentication, expected] of cases) {
      const { provider, issuer } = setUp({
        clientSecret: "se+cret",
        ...(clientAuthentication && { clientAuthentication }),
      });
      issuer.document.token_endpoint_auth_methods_supported = methods;
      await refresh(provider);
      expect(issuer.headers[0]?.get("Authorization")).toBe(expected);
      expect(issuer.forms[0]?.get("client_secret")).toBe(expected === null ? "se+cret" : null);
    }
  });

  test("the authorization URL has everything, and nothing of it twice", async () => {
    const { provider, issuer } = setUp({
      authorizationParameters: { prompt: "consent" },
      organizationParameter: "organization",
    });
    issuer.document.authorization_endpoint = `${ISSUER}/authorize?tenant=a&state=planted`;
    const url = new URL(
      await provider.authorizationUrl({
        state: "s-1",
        codeChallenge,
        nonce: "n-1",
        screen: "sign-up",
        organizationId: "org_1",
        loginHint: "ada@example.com",
      }),
    );
    expect([...url.searchParams].sort()).toEqual([
      ["client_id", CLIENT_ID],
      ["code_challenge", codeChallenge],
      ["code_challenge_method", "S256"],
      ["login_hint", "ada@example.com"],
      ["nonce", "n-1"],
      ["organization", "org_1"],
      ["prompt", "consent"],
      ["redirect_uri", BASE.redirectUri],
      ["response_type", "code"],
      ["scope", "openid profile email offline_access"],
      ["state", "s-1"],
      ["tenant", "a"],
    ]);
  });

  test("`offline_access` is not asked of a provider that does not list it; what was configured is always asked", async () => {
    const scopeOf = async ({ provider }: { provider: Provider }) =>
      new URL(await provider.authorizationUrl({ state: "s", codeChallenge })).searchParams.get("scope");
    const plain = setUp();
    plain.issuer.document.scopes_supported = ["openid", "email", "profile"];
    expect(await scopeOf(plain)).toBe("openid profile email");
    const own = setUp({ scopes: ["openid", "offline_access"] });
    own.issuer.document.scopes_supported = ["openid"];
    expect(await scopeOf(own)).toBe("openid offline_access");
  });

  test("a recent sign-in is asked for in both ways the standard has; a `prompt` of the configuration stays", async () => {
    const askedOf = async (more: Partial<OidcOptions>) => {
      const url = new URL(
        await setUp(more).provider.authorizationUrl({
          state: "s",
          codeChallenge,
          maxAgeSeconds: 600,
          screen: "sign-up",
        }),
      );
      return [url.searchParams.get("max_age"), url.searchParams.get("prompt")];
    };
    expect(await askedOf({})).toEqual(["600", "login"]);
    expect(await askedOf({ authorizationParameters: { prompt: "consent", max_age: "9" } })).toEqual(["600", "consent"]);
  });

  test("a sign-up is asked of a provider that knows it", async () => {
    const { provider, issuer } = setUp();
    issuer.document.prompt_values_supported = ["none", "create"];
    const url = new URL(await provider.authorizationUrl({ state: "s", codeChallenge, screen: "sign-up" }));
    expect(url.searchParams.get("prompt")).toBe("create");
    expect(url.searchParams.has("nonce")).toBe(false);
  });

  test("a sign-out names the client, the session and the way back, and no token", async () => {
    const { provider } = setUp();
    const url = new URL((await provider.logoutUrl({ sid: "sid-1", returnTo: "https://app.example.com/bye" })) ?? "");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: CLIENT_ID,
      logout_hint: "sid-1",
      post_logout_redirect_uri: "https://app.example.com/bye",
    });
    const { provider: other } = setUp({ logoutReturnParameter: "logout_uri" });
    expect(await other.logoutUrl({ returnTo: "https://a.example/" })).toBe(
      `${ISSUER}/end?client_id=${CLIENT_ID}&logout_uri=https%3A%2F%2Fa.example%2F`,
    );
  });

  test("a refresh token is revoked, unless that was switched off; a refusal is thrown", async () => {
    const { provider, issuer } = setUp();
    await provider.revoke?.({ sid: "sid-1" });
    expect(issuer.forms).toEqual([]);
    await provider.revoke?.({ refreshToken: "r-1" });
    expect(Object.fromEntries(issuer.forms[0] ?? [])).toEqual({
      client_id: CLIENT_ID,
      token: "r-1",
      token_type_hint: "refresh_token",
    });
    issuer.instead.set(`${ISSUER}/revoke`, () => new Response("r-1", { status: 503 }));
    await expect(provider.revoke?.({ refreshToken: "r-1" })).rejects.toMatchObject({ code: "provider_unreachable" });
    const off = setUp({ revokeOnLogout: false });
    await off.provider.revoke?.({ refreshToken: "r-1" });
    expect(off.issuer.asked).toEqual([]);
  });

  test("OA-05 an `iss` must be the issuer's; without one it depends on what was promised", async () => {
    const { provider, issuer, clock } = setUp();
    expect(await provider.acceptsIssuer?.(ISSUER)).toBe(true);
    expect(await provider.acceptsIssuer?.(`${ISSUER}/`)).toBe(false);
    expect(issuer.asked).toEqual([]);
    expect(await provider.acceptsIssuer?.(undefined)).toBe(true);
    issuer.document.authorization_response_iss_parameter_supported = true;
    clock.now += 3600;
    expect(await provider.acceptsIssuer?.(undefined)).toBe(false);
  });
});

describe("options", () => {
  test("every problem is told at once, and no value", () => {
    const wrong = {
      issuer: "http://login.example.com",
      clientId: "your_client_id",
      clientSecret: "",
      clientAuthentication: "private_key_jwt",
      redirectUri: "/auth/callback",
      scopes: ["email"],
      algorithms: ["HS256"],
      audience: "https://api.example.com",
      sessionToken: "id_token",
      authorizationParameters: { state: "fixed", code_challenge_method: "plain" },
      logoutReturnParameter: "",
      secret: "s3cr3t",
    } as unknown as OidcOptions;
    const problems = problemsOf(() => oidc(wrong));
    for (const name of Object.keys(wrong).filter((option) => option !== "authorizationParameters")) {
      expect(problems.filter((problem) => problem.includes(`\`${name}`))).not.toEqual([]);
    }
    expect(problems.filter((problem) => problem.includes("authorizationParameters."))).toHaveLength(2);
    expect(problems.join()).not.toMatch(/s3cr3t|your_client_id|http:\/\/login/);
  });

  test("OA-06 the challenge is S256 always: nothing that is configured can make it plain or leave it out", async () => {
    const { provider } = setUp({ authorizationParameters: { prompt: "login" } });
    const url = new URL(await provider.authorizationUrl({ state: "s", codeChallenge, nonce: "n-1" }));
    expect(url.searchParams.getAll("code_challenge_method")).toEqual(["S256"]);
    expect(url.searchParams.getAll("code_challenge")).toEqual([codeChallenge]);
    for (const authorizationParameters of [
      { code_challenge_method: "plain" },
      { code_challenge_method: "S256" },
      { code_challenge: codeVerifier },
      { code_challenge: "" },
    ]) {
      expect(problemsOf(() => setUp({ authorizationParameters }))).toHaveLength(1);
    }
  });

  test.each<readonly [string, object]>([
    ["nothing", {}],
    ["no recipient", { issuer: ISSUER }],
    ["two recipients", { issuer: ISSUER, clientId: "c-1", audience: "api" }],
    ["an ID token for an API", { issuer: ISSUER, audience: "api", sessionToken: "id_token" }],
    ["the address of a discovery document", { issuer: `${ISSUER}/.well-known/openid-configuration`, clientId: "c-1" }],
    ["keys without TLS", { issuer: ISSUER, clientId: "c-1", jwksUrl: "http://login.example.com/keys" }],
    ["a secret, which a validator must not have", { issuer: ISSUER, clientId: "c-1", clientSecret: "s" }],
  ])("`oidcTokens` refuses %s", (_, options) => {
    expect(problemsOf(() => oidcTokens(options as OidcTokensOptions))).not.toEqual([]);
  });

  test("`oidcTokens` trusts what `oidc` trusts", () => {
    const { name, jwksUrl, verify } = setUp().provider;
    expect(oidcTokens({ issuer: ISSUER, clientId: CLIENT_ID })).toEqual({ name, jwksUrl, verify });
    expect(jwksUrl).toBe(`${ISSUER}/.well-known/openid-configuration`);
    expect(oidcTokens({ issuer: ISSUER, audience: "api", jwksUrl: `${ISSUER}/k`, algorithms: ["ES256"] })).toEqual({
      name: ISSUER,
      jwksUrl: `${ISSUER}/k`,
      verify: { issuer: ISSUER, audience: "api", kind: "access_token", algorithms: ["ES256"] },
    });
  });

  test.each([
    [google, "https://accounts.google.com"],
    [microsoft("8d1c"), "https://login.microsoftonline.com/8d1c/v2.0"],
    [okta("example.okta.com"), "https://example.okta.com/oauth2/default"],
    [okta("example.okta.com", null), "https://example.okta.com"],
    [auth0("example.eu.auth0.com", "https://api"), "https://example.eu.auth0.com/"],
    [cognito("eu-west-1_AbCdEf"), "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf"],
  ])("a preset is a part of the options: %#", (preset, issuer) => {
    const provider = oidc({ ...preset, clientId: "c-1", clientSecret: "s-1", redirectUri: BASE.redirectUri });
    expect(provider.name).toBe(issuer);
  });

  test("an unsigned ID token is refused by its algorithm whatever it says", async () => {
    const { provider, issuer } = setUp();
    answerWith(issuer, { id_token: unsignedToken({ alg: "none" }, { sub: "user-1" }) });
    expect(await exchange(provider)).toEqual(INVALID);
  });
});
