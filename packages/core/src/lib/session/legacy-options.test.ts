import { describe, expect, test } from "vitest";
import { legacyProblems, resolveLegacy } from "./legacy-options.js";

const NOW = Date.parse("2026-11-22T00:00:00Z") / 1000;
const GOOD = { until: "2027-03-01" };
const UNTIL = "`legacy.until` must be a date such as `2027-03-01`, or a time with its offset.";
const NAME = "`legacy.cookieName` must be the name of a cookie, and another one than `cookie.name`.";
const DOMAIN = "`legacy.cookieDomain` must be a host name such as `example.com`, without a leading dot.";

const problems = (options: unknown, now: number | null = NOW) => legacyProblems(options, "__Host-session", now);

describe("CF-01 what is wrong with `legacy` is said at construction", () => {
  test.each([
    ["nothing to read", null, ["`legacy` must be an object with `until`, or left out."]],
    ["no date", {}, [UNTIL]],
    ["no real date", { until: "2027-02-30" }, [UNTIL]],
    ["a local time", { until: "2027-02-01T00:00:00" }, [UNTIL]],
    ["a number", { until: 1_800_000_000 }, [UNTIL]],
    ["for ever", { until: "forever" }, [UNTIL]],
    ["a misspelt option", { ...GOOD, name: "session" }, ["`legacy` has only until, cookieName, cookieDomain, secret."]],
    ["the new cookie's own name", { ...GOOD, cookieName: "__Host-session" }, [NAME]],
    ["a name that is none", { ...GOOD, cookieName: "a b" }, [NAME]],
    ["a domain with a dot in front", { ...GOOD, cookieDomain: ".example.com" }, [DOMAIN]],
  ])("%s", (_what, options, expected) => {
    expect(problems(options)).toEqual(expected);
  });

  test("a weak secret, without a word of it", () => {
    const [problem, ...more] = problems({ ...GOOD, secret: "CANARY" });
    expect(problem).toMatch(/^`legacy\.secret` is shorter than 32 characters: leave it out/);
    expect(problem).not.toContain("CANARY");
    expect(more).toEqual([]);
  });
});

describe("the date", () => {
  test("may be 180 days ahead and no more; where the clock stands nobody can say", () => {
    expect(problems({ until: "2027-05-21" })).toEqual([]);
    expect(problems({ until: "2027-05-22" })).toEqual([
      "`legacy.until` must be at most 180 days ahead: the old cookies lived for 30.",
    ]);
    expect(problems({ until: "2099-01-01" }, null)).toEqual([]);
  });

  test("that has passed is no problem: a deployment must not break by the clock alone", () => {
    expect(problems({ until: "2020-01-01" })).toEqual([]);
  });

  test("begins in UTC, or is the moment it names", () => {
    expect(resolveLegacy({ until: "2027-03-01" }).until).toBe(Date.parse("2027-03-01T00:00:00Z") / 1000);
    expect(resolveLegacy({ until: "2027-03-01T12:00:00+02:00" }).until).toBe(Date.parse("2027-03-01T10:00:00Z") / 1000);
  });
});

test("left out, there is nothing to say; given, the rest is filled in", () => {
  expect(problems(undefined)).toEqual([]);
  expect(resolveLegacy({ ...GOOD, cookieDomain: "Example.com" })).toEqual({
    until: 1_803_859_200,
    cookieName: "session",
    cookieDomain: "example.com",
  });
});
