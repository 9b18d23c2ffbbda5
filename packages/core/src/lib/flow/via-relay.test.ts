import { describe, expect, test } from "vitest";
import { asked, Browser, failures, ORIGIN, testAuth } from "../../../test/auth-kit.js";
import { problemsOf } from "../../../test/problems.js";
import type { AuthOptions } from "../auth/options.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { readAddressedState } from "./relay-state.js";
import { type ViaRelayOptions, viaRelay } from "./via-relay.js";

const realm = "preview:pr-12";
const preview = (more: Partial<AuthOptions> = {}) => testAuth({ realm, relay: viaRelay(), ...more });

describe("what is no preview's configuration is refused", () => {
  test.each([undefined, "", "production", "previews", "Preview:pr-12", "preview:", "staging"])(
    "CS-15 the realm %j, which could be production's",
    (name) => {
      const options = { relay: viaRelay(), ...(name !== undefined && { realm: name }) };
      const problems = problemsOf(() => testAuth(options));
      expect(problems).toEqual([expect.stringMatching(/^`relay` is for previews: their `realm` must be `preview`/)]);
    },
  );

  test("CS-15 a cookie that other hosts of the domain would get", () => {
    const problems = problemsOf(() => preview({ cookie: { domain: "example.com" } }));
    expect(problems).toEqual([expect.stringMatching(/^`cookie.domain` must be left out beside `relay`/)]);
  });

  test.each([{}, "https://auth.example.com/auth/relay", null, { address: () => "" }])("CF-01 the relay %j", (relay) => {
    // As from JavaScript.
    const options = { realm, relay } as unknown as Partial<AuthOptions>;
    expect(problemsOf(() => testAuth(options))).toEqual(["`relay` must be `viaRelay()` of `@edgeseal/core/previews`."]);
  });

  test.each([
    [{ origin: "http://pr-12.preview.example.com" }, /^`origin` must be written as browsers do/],
    [{ origin: "https://pr-12.preview.example.com/" }, /^`origin` must be written as browsers do/],
    [{ origin: "https://Pr-12.preview.example.com" }, /^`origin` must be written as browsers do/],
    [{ origin: 7 }, /^`origin` must be written as browsers do/],
    [{ orgin: "https://pr-12.preview.example.com" }, /no option `orgin`/],
    [null, /takes an object/],
  ])("CF-01 the option %j", (options, expected) => {
    expect(problemsOf(() => viaRelay(options as ViaRelayOptions))).toEqual([expect.stringMatching(expected)]);
  });
});

test("CS-15 a session that production shares with its whole domain is not even looked at by a preview", async () => {
  const keyring = parseSessionKeys(generateSessionKeys());
  const production = new Browser(testAuth({ keyring, cookie: { domain: "example.com" } }));
  await production.signIn();
  expect(production.named("session")).toEqual(["__Secure-session"]);
  // By mistake with the same keys.
  const kit = preview({ keyring });
  const visitor = await kit.auth.validateRequest(production.request("/"));
  expect(visitor).toMatchObject({ state: "anonymous", reason: "no_credential" });
  expect(visitor.headers.getSetCookie()).toEqual([]);
  // And renamed, as whoever wrote the preview could.
  const value = production.jar.get("__Secure-session") ?? "";
  const renamed = new Request(ORIGIN, { headers: { Cookie: `__Host-session=${value}` } });
  expect(await kit.auth.validateRequest(renamed)).toMatchObject({ state: "anonymous", reason: "tampered" });
});

describe("the state of a preview", () => {
  const read = (text: string) => readAddressedState(text);

  test("OA-12 names the host of the request, and no forwarded one", async () => {
    const kit = preview();
    const headers = { "X-Forwarded-Host": "evil.example", Forwarded: "host=evil.example" };
    const request = new Request("https://pr-12.preview.example.com/auth/login", { headers });
    const response = await kit.auth.login(request);
    const state = new URL(response.headers.get("Location") ?? "").searchParams.get("state") ?? "";
    expect(read(state)).toMatchObject({ origin: "https://pr-12.preview.example.com", realm });
  });

  test("names the origin that is configured, where a proxy changes the host", async () => {
    const kit = preview({ relay: viaRelay({ origin: "https://pr-12.preview.example.com" }) });
    expect(read(await new Browser(kit).start())).toMatchObject({ origin: "https://pr-12.preview.example.com" });
  });

  test("without a relay is as it was", async () => {
    expect(await new Browser(testAuth({ realm })).start()).toMatch(/^[\w-]{16}\.[\w-]{43}$/);
  });

  test("OA-01 comes back without the address, or is none of the flow's", async () => {
    const kit = preview();
    const browser = new Browser(kit);
    const addressed = await browser.start();
    expect((await browser.back(addressed)).status).toBe(400);
    expect(failures(kit)).toEqual(["state_mismatch"]);
    expect(asked(kit, "exchange")).toEqual([]);
    expect((await browser.back(read(addressed)?.state ?? "")).status).toBe(303);
    expect(browser.named("session")).toEqual(["__Host-session"]);
  });
});
