import { describe, expect, test } from "vitest";
import { AuthError, isAuthError, refuseConfig } from "./errors.js";

describe("isAuthError", () => {
  test.each([
    null,
    undefined,
    "AuthError",
    new Error("AuthError"),
    { name: "AuthError", code: "rng_failure" },
    Object.assign(new Error("no code"), { name: "AuthError" }),
    Object.assign(new Error("no text"), { name: "AuthError", code: 7 }),
  ])("refuses what only looks like one: case %#", (error) => {
    expect(isAuthError(error)).toBe(false);
  });

  test("tells codes apart, and knows an error of another copy of the package", () => {
    const error = new AuthError("rng_failure", "no bytes");
    expect(isAuthError(error)).toBe(true);
    expect(isAuthError(error, "rng_failure")).toBe(true);
    expect(isAuthError(error, "crypto_failure")).toBe(false);
    const foreign = Object.assign(new Error("no bytes"), { name: "AuthError", code: "rng_failure", problems: [] });
    expect(isAuthError(foreign, "rng_failure")).toBe(true);
  });
});

test("an AuthError keeps its cause, and has one only when one was given", () => {
  const cause = new TypeError("deep down");
  expect(new AuthError("crypto_failure", "failed", { cause }).cause).toBe(cause);
  expect("cause" in new AuthError("crypto_failure", "failed")).toBe(false);
});

describe("refuseConfig", () => {
  test("throws every problem at once, in a list nobody can change", () => {
    const problems = ["`a` must be b.", "`c` must be d."];
    const refuse = () => refuseConfig(problems);
    expect(refuse).toThrow(expect.objectContaining({ code: "config_invalid", problems }));
    expect(refuse).toThrow("edgeseal is configured wrongly:\n- `a` must be b.\n- `c` must be d.");
    expect(Object.isFrozen(new AuthError("config_invalid", "x", { problems }).problems)).toBe(true);
  });

  test("does nothing without a problem", () => {
    expect(refuseConfig([])).toBeUndefined();
  });
});
