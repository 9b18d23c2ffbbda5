import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problemsOf } from "../../../test/problems.js";
import { generateSessionKeys } from "./generate-session-keys.js";
import { parseSessionKeys } from "./parse-session-keys.js";
import { SECRET_COMMAND } from "./secret-strength.js";

const NOW = Date.UTC(2026, 5, 1) / 1000;
const A = "kTzQ4bW8xY2nR7vL5mJ9cF3hD6gS1pA0";
const B = "q7Xw3Zr9Lk5Vb1Nm8Tg4Hs6Yd2Jf0Pc-";
const C = "Zx8Kd3Rm6Wq1Tf9Bv4Hj7Ls2Np5Gy0Ca_";

const parse = (text: string | undefined, now = NOW) => parseSessionKeys(text, { now: () => now });
const parseKeys = (...keys: readonly unknown[]) => parse(JSON.stringify(keys));

describe("KR-01 keys that contradict each other or themselves", () => {
  test.each([0, 256, -1, 1.5, "2", null, true, [2], undefined])("version %j is a problem", (version) => {
    expect(problemsOf(() => parseKeys({ version, secret: A, active: true }))).toEqual([
      "SESSION_KEYS[0].version must be an integer from 1 to 255, not a text.",
    ]);
  });

  test("a version that is not a number in JSON is a problem, and the text is not quoted", () => {
    const problems = problemsOf(() => parse(`[{"version":NaN,"secret":"${A}","active":true}]`));
    expect(problems).toEqual([
      "SESSION_KEYS is neither a JSON array of keys nor `2:secret,1:secret`: write one of the two, without quotes around it.",
    ]);
  });

  test.each(["false", "true", 1, null])('"active": %j is a problem', (active) => {
    const problems = problemsOf(() => parseKeys({ version: 1, secret: A, active }));
    expect(problems).toEqual(["SESSION_KEYS[0].active must be true or false, without quotes."]);
  });

  test('"revoked" in quotes is a problem', () => {
    const problems = problemsOf(() => parseKeys({ version: 1, secret: A, active: true, revoked: "true" }));
    expect(problems).toEqual(["SESSION_KEYS[0].revoked must be true or false, without quotes."]);
  });

  test("one version twice is a problem", () => {
    const problems = problemsOf(() => parseKeys({ version: 1, secret: A, active: true }, { version: 1, secret: B }));
    expect(problems).toEqual(["SESSION_KEYS has version 1 twice: give the newer key the next number."]);
  });

  test("one secret twice is a problem", () => {
    const problems = problemsOf(() => parse(`2:${A},1:${A}`));
    expect(problems).toEqual([
      `SESSION_KEYS versions 2 and 1 have the same secret: make a new one with ${SECRET_COMMAND}`,
    ]);
  });

  test("a misspelt field is a problem, and its name is not repeated: it may be a misplaced secret", () => {
    const problems = problemsOf(() => parseKeys({ version: 1, secret: A, active: true, [B]: true }));
    expect(problems).toEqual([
      "SESSION_KEYS[0] has a field that is none of version, secret, active, activeFrom, openUntil, revoked: " +
        "remove it or correct its spelling.",
    ]);
  });

  test.each([
    "2026-12-01",
    "2026-12-01T00:00:00",
    "2026-02-30T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "tomorrow",
    1_796_083_200,
    null,
  ])("the time %j is a problem: it needs a date that exists, and an offset", (activeFrom) => {
    const problems = problemsOf(() =>
      parseKeys({ version: 2, secret: A, activeFrom }, { version: 1, secret: B, active: true }),
    );
    expect(problems).toEqual([
      "SESSION_KEYS[0].activeFrom must be a time with its offset, such as `2026-12-01T00:00:00Z`.",
    ]);
  });

  test.each([
    ["2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z"],
    ["2026-12-01T00:00Z", "2026-12-01T00:00:00Z"],
    ["2026-12-01T01:30:00+01:30", "2026-12-01T00:00:00Z"],
    ["2026-11-30T23:00:00.500-01:00", "2026-12-01T00:00:00Z"],
  ])("the time %s is understood as %s", (activeFrom, expected) => {
    const keyring = parseKeys({ version: 2, secret: A, activeFrom }, { version: 1, secret: B, active: true });
    expect(keyring.describe()[0]).toEqual({ version: 2, state: "staged", activeFrom: expected });
  });

  test('"active": false beside activeFrom is a problem', () => {
    const problems = problemsOf(() =>
      parseKeys(
        { version: 2, secret: A, active: false, activeFrom: "2026-12-01T00:00:00Z" },
        { version: 1, secret: B, active: true },
      ),
    );
    expect(problems).toEqual(['SESSION_KEYS[0] has `"active": false` beside `activeFrom`: remove one of them.']);
  });
});

describe("KR-02 weak secrets", () => {
  test.each([
    ["", "is shorter than 32 characters"],
    ["new-secret-here", "is shorter than 32 characters"],
    [A.slice(1), "is shorter than 32 characters"],
    [(A + B).repeat(9).slice(0, 513), "is longer than 512 characters"],
    ["a".repeat(43), "has fewer than 10 different characters"],
    ["abababababababababababababababababab", "has fewer than 10 different characters"],
    ["0123456789abcdef".repeat(3), "repeats itself"],
    ["xK9mQ2vB7nZ4w".repeat(3), "repeats itself"],
    [`${A.slice(0, 20)} ${A.slice(20)}`, "has characters other than printable ASCII without space"],
    [`${A}é`, "has characters other than printable ASCII without space"],
    [`${A}\n`, "has characters other than printable ASCII without space"],
    ["changeme-Zx8Kd3Rm6Wq1Tf9Bv4Hj7Ls2", "contains a placeholder word"],
    ["new-secret-here-for-version-2-of-the-key", "contains a placeholder word"],
    ["Your_Secret_Zx8Kd3Rm6Wq1Tf9Bv4Hj7Ls2", "contains a placeholder word"],
  ])("case %#", (secret, weakness) => {
    const problems = problemsOf(() => parseKeys({ version: 1, secret, active: true }));
    expect(problems).toEqual([`SESSION_KEYS[0].secret ${weakness}: make a new one with ${SECRET_COMMAND}`]);
  });

  test.each([undefined, null, 12, {}, ["a"]])("%j is missing or not a text", (secret) => {
    const problems = problemsOf(() => parseKeys({ version: 1, secret, active: true }));
    expect(problems).toEqual([
      `SESSION_KEYS[0].secret is missing or not a text: make a new one with ${SECRET_COMMAND}`,
    ]);
  });

  test("32 good characters and 512 good characters are accepted", () => {
    const long = Array.from({ length: 512 }, (_, at) => String.fromCharCode(33 + ((at * at * 7 + at) % 94))).join("");
    expect(problemsOf(() => parseKeys({ version: 1, secret: A, active: true }))).toEqual([]);
    expect(problemsOf(() => parseKeys({ version: 1, secret: long, active: true }))).toEqual([]);
  });
});

describe("KR-03 what is no ring at all", () => {
  test.each([undefined, ""])("%j is not set", (text) => {
    expect(problemsOf(() => parse(text))).toEqual([
      `SESSION_KEYS is not set: set it to \`1:\` followed by the output of ${SECRET_COMMAND}`,
    ]);
  });

  test.each([
    "{",
    "[",
    "null",
    '"text"',
    A,
    "a:b",
    " ",
    `'[{"version":1}]'`,
    `{"version":1,"secret":"${A}"}`,
    "1:a,,2:b",
  ])("text %# is neither form", (text) => {
    expect(problemsOf(() => parse(text))).toEqual([
      "SESSION_KEYS is neither a JSON array of keys nor `2:secret,1:secret`: write one of the two, without quotes around it.",
    ]);
  });

  test("an empty array holds no key", () => {
    expect(problemsOf(() => parse("[]"))).toEqual([`SESSION_KEYS holds no key: make a secret with ${SECRET_COMMAND}`]);
  });

  test.each([1, "text", null, [A]])("an entry %j is a problem", (entry) => {
    expect(problemsOf(() => parseKeys(entry))).toEqual([
      "SESSION_KEYS[0] must be an object with `version` and `secret`.",
    ]);
  });

  test.each([10_000, 524_288])("%i keys in up to 1 MB are one problem, found without parsing", (count) => {
    expect(problemsOf(() => parse(`[${"0,".repeat(count)}0]`))).toEqual([
      "SESSION_KEYS is longer than 5120 characters: remove keys that no longer open anything.",
    ]);
  });

  test.each([17, 2_000])("%i keys are one problem", (count) => {
    const text = JSON.stringify(Array.from({ length: count }, () => 0));
    expect(problemsOf(() => parse(text))).toEqual([
      "SESSION_KEYS holds more than 16 keys: remove those that no longer open anything.",
    ]);
  });

  test("what is not a text is a problem, also from JavaScript", () => {
    const keys = [{ version: 1, secret: A, active: true }] as unknown as string;
    expect(problemsOf(() => parse(keys))).toEqual(["SESSION_KEYS must be a text: pass the variable as it is."]);
  });

  test("no text makes it throw anything but its problems, and none of them quotes the text", () => {
    const piece = fc.oneof(
      fc.constantFrom("1:", "2:", ",", "[", "]", "{", "}", '"version":', '"secret":'),
      fc.string(),
    );
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => `${pieces.join("")}canary~canary~canary`),
        (text) => {
          expect(problemsOf(() => parse(text)).join()).not.toContain("canary");
        },
      ),
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        for (const problem of problemsOf(() => parse(text))) expect(problem).toMatch(/^SESSION_KEYS/);
      }),
    );
  });
});

test("every problem is told at once", () => {
  const problems = problemsOf(() =>
    parseKeys(
      { version: 2, secret: "short", active: true },
      { version: 2, secret: A, active: true, openUntil: "soon" },
      { version: 0, secret: A },
    ),
  );
  expect(problems).toHaveLength(3);
  expect(
    problemsOf(() => parseKeys({ version: 2, secret: "short", active: true }, { version: 2, secret: A, active: true })),
  ).toHaveLength(3);
});

test("where the clock stands, as on Workers outside a request, a ring is not blamed for times", () => {
  const text = JSON.stringify([{ version: 2, secret: A, activeFrom: "2026-01-01T00:00:00Z" }]);
  expect(problemsOf(() => parse(text, 0))).toEqual([]);
  expect(problemsOf(() => parse(text))).toEqual([]);
});

describe("the short form", () => {
  test("seals with the first key and opens with the others", () => {
    const keyring = parse(` 2:${A} , 1:${B},\n7 : ${C}\n`);
    expect(keyring.describe()).toEqual([
      { version: 2, state: "active" },
      { version: 1, state: "retired" },
      { version: 7, state: "staged" },
    ]);
  });

  test("splits at the first colon: a secret may hold others", () => {
    expect(problemsOf(() => parse(`1:${A}:${B}`))).toEqual([]);
  });

  test.each(["0", "256", "-1", "1.5", "01"])("version %s is a problem", (version) => {
    expect(problemsOf(() => parse(`${version}:${A}`))).toEqual([
      "SESSION_KEYS[0].version must be an integer from 1 to 255, not a text.",
    ]);
  });
});

test("generateSessionKeys gives a text that parses, another one each time", () => {
  const texts = Array.from({ length: 200 }, generateSessionKeys);
  expect(new Set(texts).size).toBe(200);
  for (const text of texts) expect(parse(text).describe()).toEqual([{ version: 1, state: "active" }]);
});
