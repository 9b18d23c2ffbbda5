import { describe, expect, inject, test } from "vitest";
import { createPerson } from "../../../test/person.js";
import { createKeySource } from "../token/key-source.js";
import { verifyToken } from "../token/verify.js";
import { oidc } from "./oidc.js";
import { auth0, cognito, google, microsoft, type OidcPreset, okta } from "./oidc-presets.js";
import { createPkce } from "./pkce.js";

const CLIENT = {
  clientId: "web",
  clientSecret: "web-secret-1",
  redirectUri: "https://app.example.com/auth/callback",
};
const issuers = inject("openidEmulators");
const PRESETS: readonly (readonly [string, OidcPreset])[] = [
  ["Google", { ...google, issuer: issuers.google }],
  ["Microsoft", { ...microsoft("tenant"), issuer: issuers.microsoft }],
  ["Okta", { ...okta("example.okta.com"), issuer: issuers.okta }],
];

/** Chooses the first person on the page and comes back with the code. */
async function codeFrom(address: string): Promise<string> {
  const person = createPerson(address);
  const page = String(await person.visit(address));
  const form = /<form[^>]*action="([^"]+)"[\s\S]*?<\/form>/.exec(page);
  const inputs = [...(form?.[0] ?? "").matchAll(/name="(\w+)" value="([^"]*)"/g)];
  const fields = Object.fromEntries(inputs.map(([, name = "", value = ""]) => [name, value.replaceAll("&amp;", "&")]));
  const back = await person.visit(new URL(form?.[1] ?? "", address).href, fields);
  return back instanceof URL ? (back.searchParams.get("code") ?? "") : "";
}

describe.each(PRESETS)("the preset for %s at its emulator", (name, preset) => {
  test("signs in with a token that verifies, and renews it", async () => {
    const provider = oidc({ ...preset, ...CLIENT });
    const { codeVerifier, codeChallenge } = await createPkce();
    const address = await provider.authorizationUrl({ state: "s", codeChallenge, nonce: "n-1" });
    const first = await provider.exchange({ code: await codeFrom(address), codeVerifier, nonce: "n-1" });
    if (!first.ok) throw new Error(`refused: ${first.reason}`);
    expect(first.user).toMatchObject({ id: expect.any(String), email: expect.stringContaining("@") });
    expect(first.upstreamTokens?.accessToken).toEqual(expect.any(String));

    const keys = createKeySource(provider.jwksUrl);
    const sub = first.user?.id;
    expect(await verifyToken(first.accessToken, keys, provider.verify)).toMatchObject({ ok: true, claims: { sub } });

    const second = await provider.refresh({ refreshToken: first.refreshToken ?? "" });
    if (name === "Google") {
      // Unlike Google its emulator leaves the ID token out of a refresh (OpenID Connect Core §12.2 allows it). Nothing is
      // left to go on with, and yet nobody has ended the session.
      expect(second).toEqual({ ok: false, final: false, reason: "provider_malformed" });
    } else {
      const token = second.ok ? second.accessToken : "";
      expect(await verifyToken(token, keys, provider.verify)).toMatchObject({ ok: true, claims: { sub } });
    }
    expect(await provider.refresh({ refreshToken: "never-given" })).toEqual({
      ok: false,
      final: true,
      reason: "invalid_grant",
    });
  });
});

test("what each asks for beyond the standard", () => {
  expect(google).toEqual({
    issuer: "https://accounts.google.com",
    authorizationParameters: { access_type: "offline", prompt: "consent" },
    revokeOnLogout: false,
  });
  expect(microsoft("8d1c")).toEqual({ issuer: "https://login.microsoftonline.com/8d1c/v2.0" });
  expect(okta("example.okta.com")).toEqual({ issuer: "https://example.okta.com/oauth2/default" });
  expect(okta("example.okta.com", null)).toEqual({ issuer: "https://example.okta.com" });
  expect(auth0("example.eu.auth0.com", "https://api")).toEqual({
    issuer: "https://example.eu.auth0.com/",
    organizationParameter: "organization",
    revokeOnLogout: false,
    authorizationParameters: { audience: "https://api" },
  });
  expect(cognito("eu-west-1_AbCdEf")).toEqual({
    issuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf",
    logoutReturnParameter: "logout_uri",
  });
});
