import fc from "fast-check";
import { expect, test } from "vitest";
import { readRetryAfter } from "./retry-after.js";

const NOW = 1_800_000_000;

test.each([
  [null, undefined],
  ["", undefined],
  ["soon", undefined],
  ["-5", undefined],
  ["1.5", undefined],
  ["0", 1],
  [" 7 ", 7],
  ["120", 120],
  ["86400", 120],
  ["9".repeat(400), 120],
  [new Date((NOW + 30) * 1000).toUTCString(), 30],
  [new Date((NOW - 30) * 1000).toUTCString(), 1],
  [new Date((NOW + 9999) * 1000).toUTCString(), 120],
])("RF-07 reads %j as %j", (header, seconds) => {
  expect(readRetryAfter(header, NOW)).toBe(seconds);
});

test("RF-07 every header gives nothing or 1 to 120", () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      const seconds = readRetryAfter(header, NOW) ?? 1;
      expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 120).toBe(true);
    }),
  );
});
