import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AuditFact } from "../base/ports.js";
import { auditEvent, readAuditEvent } from "./event.js";

describe("readAuditEvent", () => {
  const good = { id: "AAECAwQFBgcICQoLDA0ODw", type: "logout", at: 1_800_000_000 };

  test.each([
    ["nothing", null],
    ["a text", "logout"],
    ["a list", [good]],
    ["no id", { ...good, id: undefined }],
    ["an id that is no name", { ...good, id: "a b" }],
    ["an id without an end", { ...good, id: "a".repeat(65) }],
    ["no type", { ...good, type: 7 }],
    ["a type that is no name", { ...good, type: "Logout; DROP TABLE" }],
    ["no time", { ...good, at: undefined }],
    ["a time in parts of seconds", { ...good, at: 1.5 }],
    ["a time before 1970", { ...good, at: -1 }],
    ["a time that no date holds", { ...good, at: 1e15 }],
  ])("refuses %s", (_, value) => {
    expect(readAuditEvent(value)).toBeNull();
  });

  test("never throws, and lets through what it let through before, unchanged", () => {
    const value = fc.oneof(fc.anything(), fc.record({ id: fc.stringMatching(/^[\w-]{1,30}$/), type: fc.constant("csrf"), at: fc.nat(), reason: fc.string(), detail: fc.string(), count: fc.anything() })); // biome-ignore format: one shape
    fc.assert(
      fc.property(value, (anything) => {
        const read = readAuditEvent(anything);
        if (read !== null) expect(readAuditEvent(read)).toEqual(read);
      }),
    );
  });

  test("AU-03 keeps the known fields alone, shortened, also of a type that another version knows", () => {
    const sent = { ...good, type: "of_tomorrow", userAgent: "x".repeat(999), token: "CANARY", keyVersion: "2" };
    expect(readAuditEvent(sent)).toEqual({ ...good, type: "of_tomorrow", userAgent: "x".repeat(256) });
  });

  test("gives back every event as it was made, through JSON", () => {
    const fact: AuditFact = { type: "key_revoked", keyVersion: 3, count: 12, reason: "r", ipAddress: "2001:db8::1" };
    const event = auditEvent(fact, 1_800_000_000, "preview");
    expect(readAuditEvent(JSON.parse(JSON.stringify(event)))).toEqual(event);
  });
});
