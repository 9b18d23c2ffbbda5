import { describe, expect, test } from "vitest";
import { testAuth } from "../../../test/auth-kit.js";
import { problemsOf } from "../../../test/problems.js";
import { HUB } from "../../../test/sso-kit.js";
import { ssoDestination } from "./sso-destination.js";
import { ssoHub } from "./sso-hub.js";
import { ssoNetwork } from "./sso-network.js";

/** As plain JavaScript may call them. */
const unchecked = (value: unknown): never => value as never;

describe("CF-01 every problem of the options at once, and no value", () => {
  test.each<[string, () => unknown, RegExp[]]>([
    ["a hub without options", () => ssoHub(unchecked(undefined)), [/`ssoHub` takes an object/]],
    ["a hub without destinations", () => ssoHub(unchecked({})), [/`destinations` must be a list/]],
    [
      "destinations that are no origins",
      () => ssoHub({ destinations: ["https://a.example/", "http://a.example", "*", unchecked(7)] }),
      [/destinations\[0\]/, /destinations\[1\]/, /destinations\[2\]/, /destinations\[3\]/],
    ],
    ["a misspelt option", () => ssoHub(unchecked({ destinations: [], destination: 1 })), [/no option `destination`/]],
    ["a hub that is no origin", () => ssoDestination({ hub: "https://id.example.com/" }), [/`hub` must be an origin/]],
    ["a hub on plain http", () => ssoDestination({ hub: "http://id.example.com" }), [/`hub` must be an origin/]],
    [
      "paths that match nothing, and a time that is too short",
      () => ssoDestination({ hub: HUB, silent: { paths: ["blog"], except: ["/a*"], askAgainSeconds: 5 } }),
      [/"blog" must start/, /may have "\*"/, /silent.askAgainSeconds/],
    ],
    [
      "paths that are no list",
      () => ssoDestination(unchecked({ hub: HUB, silent: { paths: "/*" } })),
      [/must be lists/],
    ],
    [
      "all of a network",
      () => ssoNetwork(unchecked({ hub: 1, destinations: 2, now: 3 })),
      [/`hub`/, /`destinations`/, /`now`/],
    ],
  ])("%s", (_, make, expected) => {
    const problems = problemsOf(make);
    expect(problems).toHaveLength(expected.length);
    for (const [at, pattern] of expected.entries()) expect(problems[at]).toMatch(pattern);
  });
});

describe("what does not go together with it", () => {
  const network = () => ssoNetwork({ hub: HUB, destinations: [] });
  const without: object = { ledger: undefined };

  test.each<[string, () => unknown, RegExp[]]>([
    ["no ledger", () => testAuth({ sso: network(), ...without }), [/`sso` needs `ledger`/]],
    [
      "no ledger, as a hub",
      () => testAuth({ sso: ssoHub({ destinations: [] }), ...without }),
      [/`sso` needs `ledger`/],
    ],
    ["a Strict cookie", () => testAuth({ sso: network(), cookie: { sameSite: "strict" } }), [/`lax`/]],
    ["a shared cookie", () => testAuth({ sso: network(), cookie: { domain: "example.com" } }), [/without `domain`/]],
    ["something else", () => testAuth({ sso: unchecked({ hub: HUB }) }), [/`sso` must come from/]],
  ])("%s", (_, make, expected) => {
    const problems = problemsOf(make);
    expect(problems).toHaveLength(expected.length);
    for (const [at, pattern] of expected.entries()) expect(problems[at]).toMatch(pattern);
  });

  test("a hub may share its own cookie with the hosts below its domain", () => {
    const make = () => testAuth({ sso: ssoHub({ destinations: [] }), cookie: { domain: "example.com" } });
    expect(problemsOf(make)).toEqual([]);
  });
});
