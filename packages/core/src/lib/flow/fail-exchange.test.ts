import { describe, expect, test } from "vitest";
import { asked, Browser, expectPage, FAILED_EXCHANGES, failures, testAuth } from "../../../test/auth-kit.js";

describe("the exchange", () => {
  test("OA-06, OA-07 the verifier of this flow is sent, and it fits the S256 challenge of its own URL", async () => {
    const kit = testAuth();
    const browser = new Browser(kit);
    const state = await browser.start();
    await browser.start();
    await browser.back(state, "code=injected");
    const { codeChallenge } = asked(kit, "authorizationUrl")[0]!.input as { codeChallenge: string };
    const { code, codeVerifier } = asked(kit, "exchange")[0]!.input as { code: string; codeVerifier: string };
    expect(code).toBe("injected");
    expect(codeVerifier).toMatch(/^[\w-]{43}$/);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier));
    const encoded = btoa(String.fromCharCode(...new Uint8Array(digest)));
    expect(codeChallenge).toBe(encoded.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
  });

  test("OA-07 a code the provider refuses with our verifier makes no session", async () => {
    const kit = testAuth();
    kit.answers.exchange = () => ({ ok: false, final: true, reason: "invalid_grant" });
    const browser = new Browser(kit);
    await expectPage(await browser.signIn(), 400, "provider_refused");
    expect(kit.events).toMatchObject([{ type: "login_failure", reason: "provider_refused", detail: "invalid_grant" }]);
    expect([...browser.jar]).toEqual([]);
  });

  test.each(FAILED_EXCHANGES)(
    "OA-14 a provider that %s is a page with a link, never an exception",
    async (_, answer, status, code, retryAfter) => {
      const kit = testAuth();
      kit.answers.exchange = answer;
      const browser = new Browser(kit);
      const response = await browser.signIn("?returnTo=%2Fdeep");
      expect(response.headers.get("Retry-After")).toBe(retryAfter);
      const text = await expectPage(response, status, code);
      expect(text).toContain("returnTo=%2Fdeep");
      expect([...browser.jar]).toEqual([]);
    },
  );

  test.each([
    ["no JWT", async () => "opaque"],
    [
      "of another issuer",
      async (kit: ReturnType<typeof testAuth>) => (await kit.tokens({ iss: "https://evil.example" })).accessToken,
    ],
    [
      "of another client",
      async (kit: ReturnType<typeof testAuth>) => (await kit.tokens({ client_id: "other" })).accessToken,
    ],
    [
      "of another person than the user beside it",
      async (kit: ReturnType<typeof testAuth>) => (await kit.tokens({ sub: "user_2" })).accessToken,
    ],
    [
      "with a broken signature",
      async (kit: ReturnType<typeof testAuth>) => `${(await kit.tokens()).accessToken.slice(0, -4)}AAAA`,
    ],
  ])("OA-14 an access token %s is bad_token_response; nothing is set", async (_, token) => {
    const kit = testAuth();
    kit.answers.exchange = async () => ({ ...(await kit.tokens()), accessToken: await token(kit) });
    const browser = new Browser(kit);
    await expectPage(await browser.signIn(), 502, "bad_token_response");
    expect([...browser.jar]).toEqual([]);
    expect(failures(kit)).toEqual(["bad_token_response"]);
    expect(kit.events.some((event) => event.type === "login_success")).toBe(false);
  });

  test("keys that cannot be fetched are an outage, not a refusal", async () => {
    const kit = testAuth({
      fetch: async () => {
        throw new TypeError("fetch failed");
      },
    });
    const response = await new Browser(kit).signIn();
    expect(response.headers.get("Retry-After")).toBe("5");
    await expectPage(response, 503, "unavailable");
  });
});
