import { describe, expect, test } from "vitest";
import { KEYS, ORIGIN, START } from "../../../test/auth-kit.js";
import { API, bearerKit, ROBOT, TRUST } from "../../../test/bearer-kit.js";
import { createValidator } from "../auth/create-validator.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { bearerTokens } from "./bearer-tokens.js";

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
