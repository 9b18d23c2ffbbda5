import { expect, test } from "vitest";
import { refusal } from "./refusal.js";

test("an answer is the code alone, kept by no cache, and a new one each time", async () => {
  const refused = refusal("csrf", { detail: "origin_foreign", headers: { "Retry-After": "7" } });
  expect([refused.reason, refused.detail]).toEqual(["csrf", "origin_foreign"]);
  for (const response of [refused.deny(), refused.deny()]) {
    expect(response.status).toBe(403);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": "private, no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "content-type": "application/json",
      "retry-after": "7",
      vary: "Cookie",
      "x-content-type-options": "nosniff",
    });
    expect(await response.text()).toBe('{"error":"csrf"}');
  }
});

test("without a detail there is none", () => {
  expect("detail" in refusal("origin_rejected")).toBe(false);
  expect(refusal("origin_rejected").deny().status).toBe(403);
});
