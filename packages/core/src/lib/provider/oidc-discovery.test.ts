import { afterEach, describe, expect, test, vi } from "vitest";
import { createOpenidIssuer, ISSUER, type OpenidIssuer } from "../../../test/openid-issuer.js";
import { createSigner, NOW } from "../../../test/tokens.js";
import { createDiscovery } from "./oidc-discovery.js";

const signer = await createSigner("k1", "ES256");
const URL_OF_IT = `${ISSUER}/.well-known/openid-configuration`;

function setUp() {
  const issuer = createOpenidIssuer(signer);
  const clock = { now: NOW };
  return { issuer, clock, discover: createDiscovery(ISSUER, { fetch: issuer.fetch, now: () => clock.now }) };
}

function fail(issuer: OpenidIssuer): void {
  issuer.instead.set(URL_OF_IT, () => Promise.reject(new TypeError("network")));
}

afterEach(() => {
  vi.useRealTimers();
});

describe("what is known of a provider", () => {
  test("is asked for once an hour", async () => {
    const { issuer, clock, discover } = setUp();
    for (let i = 0; i < 5; i++) await discover();
    clock.now += 3599;
    await discover();
    expect(issuer.asked).toEqual([URL_OF_IT]);
    issuer.document.token_endpoint = `${ISSUER}/moved`;
    clock.now += 1;
    expect((await discover()).token_endpoint).toBe(`${ISSUER}/moved`);
    expect(issuer.asked).toHaveLength(2);
  });

  test("serves for a day while the provider cannot be asked, which is tried every five seconds", async () => {
    const { issuer, clock, discover } = setUp();
    await discover();
    fail(issuer);
    clock.now += 86_399;
    for (let i = 0; i < 5; i++) expect(await discover()).toHaveProperty("token_endpoint", `${ISSUER}/token`);
    expect(issuer.asked).toHaveLength(2);
    clock.now += 1;
    await expect(discover()).rejects.toMatchObject({ code: "provider_unreachable" });
    clock.now += 5;
    issuer.instead.clear();
    expect(await discover()).toHaveProperty("issuer", ISSUER);
    expect(issuer.asked).toHaveLength(3);
  });

  test("a document that is none never replaces a good one", async () => {
    const { issuer, clock, discover } = setUp();
    await discover();
    issuer.document.issuer = "https://evil.example.com";
    clock.now += 3600;
    expect(await discover()).toHaveProperty("issuer", ISSUER);
  });

  test("many requests at one moment ask once, and none waits for another's promise", async () => {
    vi.useFakeTimers();
    const { issuer, discover } = setUp();
    const { promise, resolve } = Promise.withResolvers<Response>();
    issuer.instead.set(URL_OF_IT, () => promise);
    const all = Promise.all(Array.from({ length: 20 }, () => discover()));
    await vi.advanceTimersByTimeAsync(500);
    expect(issuer.asked).toHaveLength(1);
    resolve(Response.json(issuer.document));
    await vi.advanceTimersByTimeAsync(100);
    expect(await all).toHaveLength(20);
    expect(issuer.asked).toHaveLength(1);
  });

  test("whoever asks and dies holds up the next one for four seconds at most", async () => {
    vi.useFakeTimers();
    const { issuer, clock, discover } = setUp();
    issuer.instead.set(URL_OF_IT, () => new Promise(() => undefined));
    const dead = discover();
    dead.catch(() => undefined);
    issuer.instead.clear();
    clock.now += 4;
    expect(await discover()).toHaveProperty("issuer", ISSUER);
    expect(issuer.asked).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(3000);
    expect(await dead).toHaveProperty("issuer", ISSUER);
  });

  test("an answer that does not come is given up after three seconds", async () => {
    vi.useFakeTimers();
    const { issuer, discover } = setUp();
    issuer.instead.set(URL_OF_IT, () => new Promise(() => undefined));
    const found = expect(discover()).rejects.toMatchObject({ code: "provider_unreachable" });
    await vi.advanceTimersByTimeAsync(3000);
    await found;
  });

  test.each<readonly [string, () => Response]>([
    ["an error", () => new Response("{}", { status: 500 })],
    ["a redirect", () => new Response(null, { status: 302, headers: { Location: "https://evil.example.com" } })],
    ["more than 64 KiB", () => new Response(" ".repeat(65_537))],
  ])("%s is no document", async (_, answer) => {
    const { issuer, discover } = setUp();
    issuer.instead.set(URL_OF_IT, answer);
    await expect(discover()).rejects.toMatchObject({ code: "provider_unreachable" });
  });

  test("lists that are none are left out", async () => {
    const { issuer, discover } = setUp();
    issuer.document.scopes_supported = "openid";
    issuer.document.token_endpoint_auth_methods_supported = [1];
    issuer.document.authorization_response_iss_parameter_supported = "true";
    const server = await discover();
    expect(server.scopes_supported).toBeUndefined();
    expect(server.token_endpoint_auth_methods_supported).toBeUndefined();
    expect(server.authorization_response_iss_parameter_supported).toBe(false);
  });
});
