import { describe, expect, test } from "vitest";
import { type LegacyOptions, legacyProblems } from "./legacy-options.js";
import { legacySessions } from "./legacy-sessions.js";

const NOW = Date.parse("2026-11-22T00:00:00Z") / 1000;
const GOOD = { until: "2027-03-01" };
const UNTIL = "`legacy.until` must be a date such as `2027-03-01`, or a time with its offset.";
const NAME = "`legacy.cookieName` must be the name of a cookie.";
const DOMAIN = "`legacy.cookieDomain` must be a host name such as `example.com`, without a leading dot.";

const problems = (options: unknown, now: number | null = NOW) => legacyProblems(options, now);

const made = (options: LegacyOptions) => legacySessions({ ...options, now: () => NOW });

describe("CF-01 what is wrong with `legacy` is said at construction", () => {
  test.each([
    ["nothing to read", null, ["`legacySessions` takes an object with `until`."]],
    ["no date", {}, [UNTIL]],
    ["no real date", { until: "2027-02-30" }, [UNTIL]],
    ["a local time", { until: "2027-02-01T00:00:00" }, [UNTIL]],
    ["a number", { until: 1_800_000_000 }, [UNTIL]],
    ["for ever", { until: "forever" }, [UNTIL]],
    [
      "a misspelt option",
      { ...GOOD, name: "session" },
      ["`legacySessions` has no option `name`; it has until, cookieName, cookieDomain, secret, now."],
    ],
    ["a clock that is none", { ...GOOD, now: 1_800_000_000 }, ["`now` must be a function, or left out."]],
    ["nothing at all", undefined, ["`legacySessions` takes an object with `until`."]],
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
    expect(made({ until: "2027-03-01" }).until).toBe(Date.parse("2027-03-01T00:00:00Z") / 1000);
    expect(made({ until: "2027-03-01T12:00:00+02:00" }).until).toBe(Date.parse("2027-03-01T10:00:00Z") / 1000);
  });
});

test("the part shows where it reads and until when, and nothing of its secret", () => {
  const secret = "uN6yT2rE8wQ4aS0dF7gH3jK9lZ5xC1vB";
  const part = made({ ...GOOD, cookieDomain: "Example.com", secret });
  expect(part).toEqual({
    until: 1_803_859_200,
    cookieName: "session",
    cookieDomain: "example.com",
    open: expect.any(Function),
  });
  expect(JSON.stringify(part)).not.toContain(secret);
});

test("is refused with every problem at once", () => {
  expect(() => made({ until: "soon", cookieDomain: "." })).toThrow(
    expect.objectContaining({ code: "config_invalid", problems: [UNTIL, DOMAIN] }),
  );
  // JavaScript callers can pass anything.
  expect(() => legacySessions(undefined as never)).toThrow(expect.objectContaining({ code: "config_invalid" }));
});
