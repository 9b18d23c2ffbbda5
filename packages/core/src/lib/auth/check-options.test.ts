import { describe, expect, test } from "vitest";
import { isAuthError } from "../base/errors.js";
import { generateSessionKeys } from "../seal/generate-session-keys.js";
import { parseSessionKeys } from "../seal/parse-session-keys.js";
import { authOptionProblems, validatorOptionProblems } from "./check-options.js";
import { createAuth } from "./create-auth.js";
import { createValidator } from "./create-validator.js";

const keyring = parseSessionKeys(generateSessionKeys());
const trust = {
  name: "test",
  jwksUrl: "https://idp.example/jwks",
  verify: { issuer: "https://idp.example", clientId: "client_1" },
};
const later = async () => ({ ok: false as const, final: false as const });
const provider = {
  ...trust,
  authorizationUrl: async () => "https://idp.example/authorize",
  exchange: later,
  refresh: later,
  logoutUrl: () => null,
};
const good = { keyring, provider };

describe("CF-01 options are checked at construction", () => {
  test.each<[string, unknown, RegExp]>([
    ["a misspelt option", { ...good, relam: "production" }, /no option `relam`/],
    ["an option of another library", { ...good, cookiePassword: "CANARY" }, /no option `cookiePassword`/],
    ["no keyring", { provider }, /`keyring` must come from/],
    ["a keyring as text", { ...good, keyring: "CANARY" }, /`keyring` must come from/],
    [
      "an object that only looks like a keyring",
      { ...good, keyring: { describe: () => [] } },
      /`keyring` must come from/,
    ],
    ["no provider", { keyring }, /`provider` is missing/],
    ["a legacy that is no part", { ...good, legacy: { until: "2027-03-01" } }, /`legacy` must be `legacySessions/],
    [
      "a legacy under the cookie's own name",
      { ...good, cookie: { name: "__Host-app" }, legacy: { cookieName: "__Host-app", open: later } },
      /`legacy` must have another `cookieName`/,
    ],
    [
      "a provider without methods",
      { keyring, provider: trust },
      /no `authorizationUrl`, `exchange`, `refresh`, `logoutUrl`/,
    ],
    ["a provider whose optional part is none", { keyring, provider: { ...provider, revoke: true } }, /no `revoke`/],
    ["a nameless provider", { keyring, provider: { ...provider, name: "" } }, /`provider.name`/],
    ["a provider without rules", { keyring, provider: { ...provider, verify: undefined } }, /`provider.verify`/],
    ["a realm that is no text", { ...good, realm: 7 }, /`realm`/],
    ["a realm of another alphabet", { ...good, realm: "prod\n" }, /`realm`/],
    ["a ledger of the wrong kind", { ...good, ledger: { get: () => null } }, /`ledger` must be .* no `getByName`/],
    [
      "a key cache of the wrong kind",
      { ...good, keyCache: new Map() },
      /`keyCache` must be a KV namespace: it has no `put`/,
    ],
    ["an audit sink of the wrong kind", { ...good, audit: console.log }, /`audit` must be/],
    ["null where a part belongs", { ...good, ledger: null }, /`ledger`/],
    ["a hook that is none", { ...good, onLogin: "/welcome" }, /`onLogin` must be a function/],
    ["a page that is none", { ...good, onLoginFailure: "<p>" }, /`onLoginFailure` must be a function/],
    ["a clock that is none", { ...good, now: 1_800_000_000 }, /`now` must be a function/],
    ["a fetch that is none", { ...good, fetch: "https://idp.example" }, /`fetch` must be a function/],
    ["a prefix without a slash", { ...good, routePrefix: "auth" }, /`routePrefix`/],
    ["a prefix that is the root", { ...good, routePrefix: "/" }, /`routePrefix`/],
    ["a prefix with a slash at its end", { ...good, routePrefix: "/auth/" }, /`routePrefix`/],
    ["a prefix that is another path", { ...good, routePrefix: "/a/../b" }, /`routePrefix`/],
    ["a prefix of another host", { ...good, routePrefix: "//evil.example" }, /`routePrefix`/],
    ["a buffer of nothing", { ...good, refresh: { bufferSeconds: 0 } }, /`refresh.bufferSeconds`/],
    ["a misspelt lifetime", { ...good, lifetime: { absolute: 1 } }, /`lifetime` has no option `absolute`/],
    ["a lifetime above 400 days", { ...good, lifetime: { absoluteSeconds: 34_560_001 } }, /`lifetime.absoluteSeconds`/],
    ["a lifetime of fractions", { ...good, lifetime: { idleSeconds: 90.5 } }, /`lifetime.idleSeconds`/],
    ["a lifetime that is no number", { ...good, lifetime: { idleSeconds: Number.NaN } }, /`lifetime.idleSeconds`/],
    ["a lifetime that is no object", { ...good, lifetime: 3600 }, /`lifetime` must be an object/],
    ["a cookie for every site", { ...good, cookie: { sameSite: "none" } }, /`cookie.sameSite`/],
    ["no options", undefined, /takes an object/],
  ])("CF-01 %s is named, its value is not", (_, options, expected) => {
    const problems = authOptionProblems(options);
    expect(problems.filter((problem) => expected.test(problem))).toHaveLength(1);
    expect(problems.join()).not.toContain("CANARY");
    expect(() => createAuth(options as never)).toThrow(
      expect.objectContaining({
        code: "config_invalid",
        problems: expect.arrayContaining([expect.stringMatching(expected)]),
      }),
    );
  });

  test("CF-01 every problem is told at once", () => {
    const options = { keyring: 1, provider: 2, realm: 3, ledger: 4, routePrefix: 5, unknown: 6, lifetime: 7 };
    expect(authOptionProblems(options)).toHaveLength(7);
  });

  test.each([
    "http://idp.example/jwks",
    "http://localhost.evil.example/jwks",
    "ftp://idp.example/jwks",
    "https://user:secret@idp.example/jwks",
    "not a url",
  ])("CF-02 a provider at %s is refused: https, or http on a loopback host", (jwksUrl) => {
    expect(authOptionProblems({ keyring, provider: { ...provider, jwksUrl } })).toEqual([
      "`provider.jwksUrl` must be an https URL, or http on a loopback host.",
    ]);
  });

  test("CF-02 there is no insecure option to switch on by accident", () => {
    expect(authOptionProblems({ ...good, insecure: true })).toHaveLength(1);
    expect(authOptionProblems({ ...good, cookie: { secure: false } })).toHaveLength(1);
    expect(authOptionProblems({ ...good, provider: { ...provider, jwksUrl: "http://localhost:4100/jwks" } })).toEqual(
      [],
    );
  });

  test("ST-06 a binding that is not there is no problem, as a part or as nothing", () => {
    expect(authOptionProblems({ ...good, ledger: undefined, keyCache: undefined, audit: undefined })).toEqual([]);
  });

  test("CF-01 a validator takes trust, and nothing of a provider", () => {
    expect(validatorOptionProblems({ keyring, tokens: trust })).toEqual([]);
    expect(validatorOptionProblems({ keyring })).toEqual(["`tokens` is missing: pass `workosTokens({ clientId })`."]);
    expect(validatorOptionProblems({ keyring, tokens: trust, provider })).toHaveLength(1);
    let thrown: unknown;
    try {
      createValidator({ keyring } as never);
    } catch (error) {
      thrown = error;
    }
    expect(isAuthError(thrown, "config_invalid")).toBe(true);
  });
});
