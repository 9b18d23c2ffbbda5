import { describe, expect, test } from "vitest";
import { failureAnswer } from "./failure-answer.js";

describe("the answer of a reason", () => {
  test("is its code and nothing of the reason, strict, and kept by no cache", async () => {
    const answer = failureAnswer("key_revoked");
    expect([answer.status, await answer.json()]).toEqual([401, { error: "unauthenticated" }]);
    expect(Object.fromEntries(answer.headers)).toEqual({
      "cache-control": "private, no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "content-type": "application/json",
      vary: "Cookie",
      "x-content-type-options": "nosniff",
    });
  });

  test("says of every outage when to come back, unless the caller knows better", () => {
    expect(failureAnswer("crypto_failure").headers.get("Retry-After")).toBe("5");
    expect(failureAnswer("limiter_unreachable").headers.get("Retry-After")).toBe("5");
    expect(failureAnswer("keys_unreachable", {}, { "Retry-After": "60" }).headers.get("Retry-After")).toBe("60");
    expect(failureAnswer("rate_limited").headers.has("Retry-After")).toBe(false);
  });

  test("has more beside the code where there is more to say", async () => {
    const answer = failureAnswer("method_not_allowed", { hint: 1 }, { Allow: "POST" });
    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, "POST"]);
    expect(await answer.json()).toEqual({ error: "method_not_allowed", hint: 1 });
  });
});
