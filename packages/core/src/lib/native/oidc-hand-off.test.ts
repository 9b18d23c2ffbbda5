import { describe, expect, inject, test } from "vitest";
import { asked, Browser, failures, testAuth } from "../../../test/auth-kit.js";
import { bearer, beginning, codeIn, LOOPBACK, REJECTED, wayOn } from "../../../test/native-kit.js";
import { createPerson } from "../../../test/person.js";
import { oidc } from "../provider/oidc.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { createLocalLedger } from "../session/local-ledger.js";
import { nativeClients } from "./native-clients.js";

const CLIENT = {
  clientId: "web-post",
  clientSecret: "post-secret-1",
  redirectUri: "https://app.example.com/auth/callback",
  authorizationParameters: { prompt: "consent" },
} as const;
const keyring = parseSessionKeys(generateSessionKeys());

function worldAt(issuer: string) {
  const world = { later: 0 };
  const now = () => Math.floor(Date.now() / 1000) + world.later;
  const kit = testAuth({
    provider: oidc({ issuer, ...CLIENT, now }),
    nativeClients: nativeClients({ redirectUris: ["http://127.0.0.1/callback"] }),
    fetch: (input, init) => fetch(input, init),
    now,
    keyring,
    ledger: createLocalLedger({ now }),
  });
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await kit.auth.handler(new Request(`https://app.example.com${path}`, init), kit.background);
    if (response === null) throw new Error(`${path} is not a route`);
    await kit.settle();
    return response;
  };
  return Object.assign(world, { kit, call, browser: new Browser(kit), person: createPerson(issuer) });
}

describe.each(Object.entries(inject("openidProviders")))("an OpenID provider that signs with %s", (_, issuer) => {
  test("a program signs in through the browser, is renewed and signs out", async () => {
    const world = worldAt(issuer);
    const { kit, browser, call } = world;
    const begun = await beginning();
    const { redirectUri, codeChallenge, codeVerifier } = begun;
    const query = new URLSearchParams({ redirectUri, codeChallenge, codeChallengeMethod: "S256", state: "s" });
    const opened = await browser.send(`/auth/handoff?${query}`);
    const back = await world.person.visit(await wayOn(opened));
    if (typeof back === "string") throw new Error(`The provider shows a page: ${back}`);
    const handed = await browser.send(`${back.pathname}${back.search}`);
    expect(browser.named("session")).toEqual([]);
    const location = new URL(handed.headers.get("Location") ?? "");
    expect(`${location.origin}${location.pathname}`).toBe(LOOPBACK);

    const redeem = (verifier: string) =>
      call("/auth/handoff", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ code: codeIn(location), codeVerifier: verifier, redirectUri }),
      });
    const foreign = await redeem((await beginning()).codeVerifier);
    expect([foreign.status, await foreign.json()]).toEqual([400, REJECTED]);
    const redeemed = await redeem(codeVerifier);
    expect(redeemed.status).toBe(200);
    const { session, user } = await redeemed.json();
    expect(failures(kit)).toEqual([]);

    const me = await call("/auth/me", bearer(session));
    expect(await me.json()).toMatchObject({ state: "authenticated", user: { id: user.id } });
    world.later += 20;
    const later = await call("/auth/refresh", { method: "POST", ...bearer(session) });
    expect(later.status).toBe(200);
    const next = later.headers.get("Edgeseal-Session") ?? "";
    expect(next).toMatch(/^es1\./);
    expect((await call("/auth/logout", { method: "POST", ...bearer(next) })).status).toBe(200);
    world.later += 20;
    expect((await call("/auth/refresh", { method: "POST", ...bearer(next) })).status).toBe(401);
    expect(asked(kit, "exchange")).toEqual([]);
  });
});
