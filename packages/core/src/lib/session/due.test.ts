import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unsignedToken } from "../../../test/tokens.js";
import { isDue, refreshBuffer } from "./due.js";
import type { Session } from "./session.js";

const NOW = 1_800_000_000;

function sessionOf(lifeSeconds: number, sessionId = "AAAA"): Session {
  const claims = { iss: "i", sub: "u", iat: NOW, exp: NOW + lifeSeconds };
  const accessToken = unsignedToken({ alg: "RS256" }, claims);
  return { accessToken, sessionId, expiresAt: NOW + lifeSeconds } as Session;
}

describe("the buffer", () => {
  test.each([
    ["60 s for a long life", 3600, undefined, 60],
    ["30 s for five minutes or less", 300, undefined, 30],
    ["RF-09 a quarter of the life when that is less", 60, undefined, 15],
    ["RF-09 a quarter of the life, whatever was configured", 60, 60, 15],
    ["as configured", 3600, 200, 200],
    ["nothing when nothing was configured to be", 3600, 0, 0],
  ])("is %s, and up to a tenth more", (_, life, configured, expected) => {
    const buffers = ["AAAA", "z9__", "kLmn", "____"].map((id) => refreshBuffer(sessionOf(life, id), configured));
    for (const buffer of buffers) {
      expect(buffer).toBeGreaterThanOrEqual(expected);
      expect(buffer).toBeLessThanOrEqual(expected * 1.1);
    }
    if (expected > 0) expect(new Set(buffers).size).toBeGreaterThan(1);
    expect(refreshBuffer(sessionOf(life, "AAAA"), configured)).toBe(buffers[0]);
  });

  test("RF-09 a token whose life is nothing or less makes no buffer", () => {
    expect(refreshBuffer(sessionOf(-10), undefined)).toBe(0);
    expect(refreshBuffer({ ...sessionOf(300), accessToken: "none" }, undefined)).toBeGreaterThanOrEqual(60);
  });
});

test("an ended token is always due, a token is due at most once its buffer has come, and stays due", () => {
  const life = fc.integer({ min: -100, max: 10_000 });
  const configured = fc.option(fc.integer({ min: 0, max: 3600 }), { nil: undefined });
  fc.assert(
    fc.property(life, configured, fc.integer({ min: 0, max: 12_000 }), (seconds, buffer, passed) => {
      const session = sessionOf(seconds);
      const now = NOW + passed;
      const left = session.expiresAt - now;
      const due = isDue(session, buffer, now);
      expect(due).toBe(left <= 0 || left < refreshBuffer(session, buffer));
      if (due) expect(isDue(session, buffer, now + 1)).toBe(true);
    }),
  );
});
