import { describe, expect, inject, test } from "vitest";
import { asked, Browser, failures, type TestAuth, testAuth } from "../../../test/auth-kit.js";
import { createPerson, type Person } from "../../../test/person.js";
import { oidc, oidcTokens } from "../provider/oidc.js";
import type { OidcOptions } from "../provider/oidc-options.js";
import { createPkce } from "../provider/pkce.js";
import type { Provider, ProviderTokens } from "../provider/provider.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { createLocalLedger } from "../session/local-ledger.js";
import { createKeySource } from "../token/key-source.js";
import { verifyToken } from "../token/verify.js";
import { createValidator } from "./create-validator.js";

const CLIENT = {
  clientId: "web-post",
  clientSecret: "post-secret-1",
  redirectUri: "https://app.example.com/auth/callback",
  authorizationParameters: { prompt: "consent" },
} as const;
const AUDIENCE = "https://api.example.com";

interface World {
  readonly kit: TestAuth;
  readonly browser: Browser;
  readonly person: Person;
  /** Seconds added to the real time. */
  later: number;
}

const keyring = parseSessionKeys(generateSessionKeys());
const withFetch = (input: string, init?: RequestInit) => fetch(input, init);

function worldAt(issuer: string, more: Partial<OidcOptions> = {}): World {
  const world = { later: 0 };
  const now = () => Math.floor(Date.now() / 1000) + world.later;
  // `as`: every variant of the options is one of the two kinds.
  const provider = oidc({ issuer, ...CLIENT, now, ...more } as OidcOptions);
  const kit = testAuth({ provider, fetch: withFetch, now, keyring, ledger: createLocalLedger({ now }) });
  return Object.assign(world, { kit, browser: new Browser(kit), person: createPerson(issuer) });
}

/** Goes to the provider and comes back with what it sends along. */
async function goThere({ browser, person }: World, query = ""): Promise<URL> {
  const response = await browser.send(`/auth/login${query}`);
  expect(response.status).toBe(302);
  const back = await person.visit(response.headers.get("Location") ?? "");
  if (typeof back === "string") throw new Error(`The provider shows a page: ${back}`);
  expect(`${back.origin}${back.pathname}`).toBe(CLIENT.redirectUri);
  return back;
}

async function signIn(world: World, query = ""): Promise<Response> {
  const back = await goThere(world, query);
  const response = await world.browser.send(`${back.pathname}${back.search}`);
  await world.kit.settle();
  return response;
}

async function me({ browser, kit }: World): Promise<Record<string, unknown>> {
  const response = await browser.send("/auth/me");
  await kit.settle();
  return { status: response.status, ...((await response.json()) as object) };
}

/** Tokens of a sign-in without our routes. */
async function tokensOf(provider: Provider, issuer: string, nonce = "n-1"): Promise<ProviderTokens> {
  const answer = await exchangeAt(provider, issuer, nonce);
  if (!answer.ok) throw new Error(`refused: ${answer.reason}`);
  return answer;
}

async function exchangeAt(provider: Provider, issuer: string, nonce: string, expected = nonce) {
  const { codeVerifier, codeChallenge } = await createPkce();
  const address = await provider.authorizationUrl({ state: "s", codeChallenge, nonce });
  const back = await createPerson(issuer).visit(address);
  const code = typeof back === "string" ? "" : (back.searchParams.get("code") ?? "");
  return provider.exchange({ code, codeVerifier, nonce: expected });
}

const ISSUERS = Object.entries(inject("openidProviders"));

describe.each(ISSUERS)("an OpenID provider that signs with %s", (_, issuer) => {
  test("OA-05 an answer without `iss` where it is promised, or with another one, signs nobody in", async () => {
    for (const iss of [null, "https://other.example", `${issuer}/`]) {
      const world = worldAt(issuer);
      const back = await goThere(world);
      expect(back.searchParams.get("iss")).toBe(issuer);
      if (iss === null) back.searchParams.delete("iss");
      else back.searchParams.set("iss", iss);
      const response = await world.browser.send(`${back.pathname}${back.search}`);
      expect(response.status).toBe(400);
      expect(failures(world.kit)).toEqual(["iss_mismatch"]);
      expect(world.browser.named("session")).toEqual([]);
      expect(asked(world.kit, "exchange")).toEqual([]);
    }
  });

  test("OA-05 a refusal from elsewhere is not believed either", async () => {
    const world = worldAt(issuer);
    const state = await world.browser.start();
    const response = await world.browser.back(state, "error=access_denied&iss=https%3A%2F%2Fother.example");
    expect(response.status).toBe(400);
    expect(failures(world.kit)).toEqual(["iss_mismatch"]);
  });

  test("OA-08 an ID token with another nonce is no answer to this sign-in", async () => {
    const provider = oidc({ issuer, ...CLIENT });
    const invalid = { ok: false, final: true, reason: "id_token_invalid" };
    expect(await exchangeAt(provider, issuer, "n-1", "n-2")).toEqual(invalid);
  });

  test("OA-07 a code goes with its own verifier and once only", async () => {
    const provider = oidc({ issuer, ...CLIENT });
    const { codeVerifier, codeChallenge } = await createPkce();
    const back = await createPerson(issuer).visit(await provider.authorizationUrl({ state: "s", codeChallenge }));
    const code = (back as URL).searchParams.get("code") ?? "";
    const refused = { ok: false, final: true, reason: "invalid_grant" };
    const { codeVerifier: foreign } = await createPkce();
    expect(await provider.exchange({ code, codeVerifier: foreign })).toEqual(refused);
    expect(await provider.exchange({ code, codeVerifier })).toMatchObject({ ok: true });
    expect(await provider.exchange({ code, codeVerifier })).toEqual(refused);
  });

  test("a refresh token works once; its reuse is `invalid_grant`, ends the grant, and is final", async () => {
    const provider = oidc({ issuer, ...CLIENT });
    const first = await tokensOf(provider, issuer);
    const second = await provider.refresh({ refreshToken: first.refreshToken ?? "" });
    if (!second.ok) throw new Error("not renewed");
    expect(second.refreshToken).toEqual(expect.any(String));
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.user).toBeUndefined();
    const over = { ok: false, final: true, reason: "invalid_grant" };
    expect(await provider.refresh({ refreshToken: first.refreshToken ?? "" })).toEqual(over);
    expect(await provider.refresh({ refreshToken: second.refreshToken ?? "" })).toEqual(over);
  });

  test("a wrong client secret ends a sign-in, and never a session", async () => {
    const { refreshToken = "" } = await tokensOf(oidc({ issuer, ...CLIENT }), issuer);
    const provider = oidc({ issuer, ...CLIENT, clientSecret: "rotated-meanwhile" });
    expect(await exchangeAt(provider, issuer, "n")).toEqual({ ok: false, final: true, reason: "invalid_client" });
    expect(await provider.refresh({ refreshToken })).toEqual({ ok: false, final: false, code: "invalid_client" });
    expect(await oidc({ issuer, ...CLIENT }).refresh({ refreshToken })).toMatchObject({ ok: true });
  });

  test.each([
    [
      "in the header",
      { clientId: "web-basic", clientSecret: "basic+secret/2:", clientAuthentication: "client_secret_basic" },
    ],
    ["by PKCE alone", { clientId: "public", clientSecret: undefined }],
  ] as const)("a client authenticated %s signs in and refreshes", async (__, client) => {
    const { clientSecret, ...rest } = { ...CLIENT, ...client };
    const provider = oidc({ issuer, ...rest, ...(clientSecret !== undefined && { clientSecret }) });
    const { refreshToken = "" } = await tokensOf(provider, issuer);
    expect(await provider.refresh({ refreshToken })).toMatchObject({ ok: true });
  });

  test("JW-10 sessions rest on ID tokens, or on access tokens for an audience, and neither passes for the other", async () => {
    const keys = createKeySource(oidcTokens({ issuer, clientId: CLIENT.clientId }).jwksUrl);
    const byIdToken = oidc({ issuer, ...CLIENT });
    const resource = { prompt: "consent", resource: AUDIENCE };
    const byAccessToken = oidc({ issuer, ...CLIENT, audience: AUDIENCE, authorizationParameters: resource });
    const idToken = (await tokensOf(byIdToken, issuer)).accessToken;
    const accessToken = (await tokensOf(byAccessToken, issuer)).accessToken;
    expect(await verifyToken(idToken, keys, byIdToken.verify)).toMatchObject({ ok: true, claims: { sub: "ada" } });
    expect(await verifyToken(accessToken, keys, byAccessToken.verify)).toMatchObject({
      ok: true,
      claims: { sub: "ada", aud: AUDIENCE, client_id: CLIENT.clientId },
    });
    const refused = { ok: false, reason: "recipient_mismatch" };
    expect(await verifyToken(accessToken, keys, byIdToken.verify)).toEqual(refused);
    expect(await verifyToken(idToken, keys, byAccessToken.verify)).toEqual(refused);
    const asClient = { issuer, clientId: CLIENT.clientId, sessionToken: "access_token" } as const;
    expect(await verifyToken(idToken, keys, oidcTokens(asClient).verify)).toEqual(refused);
    expect(await verifyToken(accessToken, keys, oidcTokens(asClient).verify)).toMatchObject({ ok: true });
  });

  test("an access token that nobody can check makes no session", async () => {
    const world = worldAt(issuer, { sessionToken: "access_token" });
    expect((await signIn(world)).status).toBe(502);
    expect(failures(world.kit)).toEqual(["bad_token_response"]);
    expect(world.browser.named("session")).toEqual([]);
  });

  test("a person signs in, is known, is renewed when due, and leaves here and there", async () => {
    const world = worldAt(issuer);
    const response = await signIn(world, "?returnTo=%2Fprojects&loginHint=grace");
    expect([response.status, response.headers.get("Location")]).toEqual([303, "/projects"]);
    const user = { id: "grace", email: "grace@example.com", firstName: "grace", lastName: "Test" };
    expect(await me(world)).toMatchObject({ status: 200, state: "authenticated", user });

    const before = world.browser.jar.get("__Host-session");
    world.later = 295;
    expect(await me(world)).toMatchObject({ status: 200, state: "authenticated", user });
    expect(world.browser.jar.get("__Host-session")).not.toBe(before);
    expect(world.kit.events.map(({ type }) => type)).toContain("token_refresh");

    const left = await world.browser.send("/auth/logout", { json: { returnTo: "/bye" } });
    const { logoutUrl } = (await left.json()) as { logoutUrl: string };
    await world.kit.settle();
    expect(await me(world)).toMatchObject({ status: 200, state: "anonymous" });
    const page = await world.person.visit(logoutUrl);
    const xsrf = /name="xsrf" value="(\w+)"/.exec(String(page))?.[1] ?? "";
    const bye = await world.person.visit(`${issuer}/session/end/confirm`, { xsrf, logout: "yes" });
    expect(String(bye)).toBe("https://app.example.com/bye");
  });

  test("a recent sign-in is asked for, given, and seen in the token", async () => {
    const world = worldAt(issuer);
    await signIn(world);
    const response = await signIn(world, "?returnTo=%2Fbilling&maxAgeSeconds=0");
    expect([response.status, response.headers.get("Location")]).toEqual([303, "/billing"]);
    const visitor = await world.kit.auth.validateRequest(world.browser.request("/billing"));
    if (visitor.state !== "authenticated") throw new Error(visitor.reason);
    expect(visitor.claims.auth_time).toBeGreaterThan(Date.now() / 1_000 - 60);
  });

  test("a validator at another place reads the same cookie", async () => {
    const world = worldAt(issuer);
    await signIn(world);
    const tokens = oidcTokens({ issuer, clientId: CLIENT.clientId });
    const validator = createValidator({ keyring, tokens, fetch: withFetch });
    const visitor = await validator.validateRequest(world.browser.request("/x"));
    expect(visitor).toMatchObject({ state: "authenticated", user: { id: "ada" } });
  });

  test("signing in again in the same browser leaves the new session alive", async () => {
    const world = worldAt(issuer);
    await signIn(world);
    await signIn(world);
    world.later = 295;
    expect(await me(world)).toMatchObject({ status: 200, state: "authenticated" });
    expect(world.kit.events.map(({ type }) => type)).toContain("token_refresh");
  });

  test("a person who declines is told so", async () => {
    const world = worldAt(issuer);
    expect((await signIn(world, "?loginHint=nobody")).status).toBe(400);
    expect(failures(world.kit)).toEqual(["access_denied"]);
  });
});
