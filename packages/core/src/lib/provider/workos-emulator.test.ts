import { WorkOS } from "@workos-inc/node";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { createKeySource } from "../token/key-source.js";
import { readToken } from "../token/read-token.js";
import { verifyToken } from "../token/verify.js";
import { createPkce } from "./pkce.js";
import type { Provider, ProviderTokens } from "./provider.js";
import { workos } from "./workos.js";

const { url, apiKey } = inject("workosEmulator");
const CLIENT_ID = "client_01EMULATOR";
const BASE = { clientId: CLIENT_ID, redirectUri: "http://localhost:8787/auth/callback", apiUrl: url };

const { hostname, port } = new URL(url);
const client = new WorkOS(apiKey, { clientId: CLIENT_ID, apiHostname: hostname, port: Number(port), https: false });
const CLIENTS: readonly (readonly [string, Provider])[] = [
  ["the light client", workos({ ...BASE, apiKey })],
  ["@workos-inc/node", workos({ ...BASE, client })],
];

let organizationIds: readonly string[];

/** Memberships need user ids, which the emulator draws at its start. */
beforeAll(async () => {
  const organizations = await client.organizations.listOrganizations();
  organizationIds = organizations.data.map((organization) => organization.id).sort();
  const users = await client.userManagement.listUsers({ email: "ada@example.com" });
  for (const organizationId of organizationIds) {
    await client.userManagement
      .createOrganizationMembership({ organizationId, userId: users.data[0]?.id ?? "", roleSlug: "member" })
      .catch((error: { status?: number }) => expect(error.status).toBe(409)); // made by the run on the other runtime
  }
});

async function authorize(provider: Provider, loginHint = "ada@example.com") {
  const { codeVerifier, codeChallenge } = await createPkce();
  const state = "state with spaces & signs";
  const address = await provider.authorizationUrl({ state, codeChallenge, loginHint, screen: "sign-in" });
  const response = await fetch(address, { redirect: "manual" });
  const location = new URL(response.headers.get("location") ?? "");
  expect(`${location.origin}${location.pathname}`).toBe(BASE.redirectUri);
  expect(location.searchParams.get("state")).toBe(state);
  return { codeVerifier, code: location.searchParams.get("code") ?? "" };
}

async function signIn(provider: Provider): Promise<ProviderTokens & { readonly refreshToken: string }> {
  const answer = await provider.exchange(await authorize(provider));
  if (!answer.ok || answer.refreshToken === undefined) throw new Error("not signed in");
  return { ...answer, refreshToken: answer.refreshToken };
}

describe.each(CLIENTS)("WorkOS's own emulator with %s", (_, provider) => {
  test("OA-07 a code goes with its own verifier and once only", async () => {
    const { code } = await authorize(provider);
    const { codeVerifier: foreign } = await createPkce();
    expect(await provider.exchange({ code, codeVerifier: foreign })).toEqual({
      ok: false,
      final: true,
      reason: "invalid_code_verifier",
    });
    const proper = await authorize(provider);
    expect(await provider.exchange(proper)).toMatchObject({ ok: true });
    expect(await provider.exchange(proper)).toEqual({ ok: false, final: true, reason: "invalid_code" });
  });

  test("a sign-in gives named fields, and a token that the emulator's own keys verify", async () => {
    const tokens = await signIn(provider);
    expect(Object.keys(tokens).sort()).toEqual(["accessToken", "ok", "refreshToken", "user"]);
    expect(tokens.user).toEqual({
      id: expect.stringMatching(/^user_/),
      email: "ada@example.com",
      firstName: "Ada",
      lastName: "Lovelace",
    });
    const keys = createKeySource(provider.jwksUrl);
    const verified = await verifyToken(tokens.accessToken, keys, provider.verify);
    expect(verified).toMatchObject({ ok: true, claims: { sub: tokens.user?.id, iss: url, aud: CLIENT_ID } });
    const elsewhere = { ...provider.verify, issuer: "https://api.workos.com" } as const;
    expect(await verifyToken(tokens.accessToken, keys, elsewhere)).toEqual({ ok: false, reason: "issuer_mismatch" });
    const others = { clientId: "client_other", issuer: url } as const;
    expect(await verifyToken(tokens.accessToken, keys, others)).toEqual({ ok: false, reason: "recipient_mismatch" });
  });

  test("a refresh rotates the refresh token; the consumed one is `invalid_grant`, and final", async () => {
    const first = await signIn(provider);
    const second = await provider.refresh({ refreshToken: first.refreshToken });
    expect(second).toMatchObject({ ok: true, user: first.user });
    expect(second.ok && second.refreshToken).not.toBe(first.refreshToken);
    const reused = await provider.refresh({ refreshToken: first.refreshToken });
    expect(reused).toEqual({ ok: false, final: true, reason: "invalid_grant" });
  });

  test("a switch puts the organisation and the role into the token, and a refresh that names it keeps both", async () => {
    const { refreshToken, user } = await signIn(provider);
    const organizations = await provider.organizations?.({ userId: user?.id ?? "" });
    expect(organizations?.map(({ id }) => id).sort()).toEqual(organizationIds);
    const organizationId = organizationIds[0] ?? "";
    const switched = await provider.refresh({ refreshToken, organizationId });
    expect(switched).toMatchObject({ ok: true, organizationId });
    const again = await provider.refresh({
      refreshToken: (switched.ok && switched.refreshToken) || "",
      organizationId,
    });
    expect(again).toMatchObject({ ok: true, organizationId });
    expect(readToken(again.ok ? again.accessToken : "")?.claims).toMatchObject({
      org_id: organizationId,
      role: "member",
    });
  });

  test("logging out ends at the page asked for; a session can be revoked without a browser", async () => {
    const sid = readToken((await signIn(provider)).accessToken)?.claims.sid ?? "";
    const returnTo = "http://localhost:8787/bye?x=1";
    const response = await fetch((await provider.logoutUrl({ sid, returnTo })) ?? "", { redirect: "manual" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe(returnTo);
    await response.body?.cancel();
    const other = readToken((await signIn(provider)).accessToken)?.claims.sid ?? "";
    await provider.revoke?.({ sid: other });
    await expect(provider.revoke?.({ sid: other })).rejects.toMatchObject({ code: "provider_unreachable" });
  });
});
