import { expect, test } from "vitest";
import { challengeOf, createPkce, isCodeVerifier } from "./pkce.js";

test.each([
  ["42 characters", "a".repeat(42)],
  ["129 characters", "a".repeat(129)],
  ["nothing", ""],
  ["a space", `${"a".repeat(42)} `],
  ["a plus", `${"a".repeat(42)}+`],
  ["a letter outside ASCII", `${"a".repeat(42)}é`],
  ["a newline at the end", `${"a".repeat(43)}\n`],
])("OA-06 refuses a verifier of %s", async (_, verifier) => {
  expect(isCodeVerifier(verifier)).toBe(false);
  await expect(challengeOf(verifier)).rejects.toBeInstanceOf(RangeError);
});

test("OA-06 the challenge is S256, as RFC 7636 appendix B computes it", async () => {
  const challenge = await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  expect(challenge).toBe("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
});

test("OA-06 a pair is 43 characters each, and never the same twice", async () => {
  const pairs = await Promise.all(Array.from({ length: 100 }, () => createPkce()));
  for (const { codeVerifier, codeChallenge } of pairs) {
    expect(codeVerifier).toMatch(/^[\w-]{43}$/);
    expect(codeChallenge).toBe(await challengeOf(codeVerifier));
  }
  expect(new Set(pairs.map((pair) => pair.codeVerifier)).size).toBe(100);
});
