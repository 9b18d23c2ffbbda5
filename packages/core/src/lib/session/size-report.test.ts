import { expect, test } from "vitest";
import { CLAIMS, NOW, unsignedToken } from "../../../test/tokens.js";
import type { Session } from "./session.js";
import { largestParts } from "./size-report.js";

function session(claims: object, more: Partial<Session> = {}): Session {
  return {
    accessToken: unsignedToken({ alg: "RS256" }, { ...CLAIMS, ...claims }),
    sessionId: "A".repeat(43),
    user: { id: "user_01" },
    createdAt: NOW,
    expiresAt: NOW + 290,
    endsAt: NOW + 1_000,
    generation: 0,
    ...more,
  };
}

test("CK-09 the largest parts come first, by name and size, without their values", () => {
  const permissions = Array.from({ length: 400 }, (_, at) => `secret-project-${at}:read`);
  const report = largestParts(
    session({ permissions, feature_flags: ["x".repeat(500)] }, { refreshToken: "r".repeat(600) }),
  );
  expect(report).toEqual([
    { name: "claim permissions", bytes: JSON.stringify({ permissions }).length - 2 },
    { name: "refreshToken", bytes: 600 },
    { name: "claim feature_flags", bytes: 520 },
    { name: "claim iss", bytes: expect.any(Number) },
  ]);
  expect(JSON.stringify(report)).not.toContain("secret-project");
});

test("an unusual name of a claim is not repeated", () => {
  const report = largestParts(
    session({ "a\nlog line": "x".repeat(999), "https://app.example/roles": "y".repeat(500) }),
  );
  expect(report.slice(0, 2).map(({ name }) => name)).toEqual([
    "claim with an unusual name",
    "claim https://app.example/roles",
  ]);
});

test("a token that cannot be read leaves the other fields", () => {
  const report = largestParts(
    session({}, { accessToken: "opaque", user: { id: "user_01", profilePictureUrl: "u".repeat(99) } }),
  );
  expect(report[0]).toEqual({ name: "profilePictureUrl", bytes: 99 });
});
