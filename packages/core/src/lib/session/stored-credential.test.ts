import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { base64url } from "../base/bytes.js";
import { newStoredId, readStoredCredential, storedKey, writeStoredCredential } from "./stored-credential.js";

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
const name = bytes.map((some) => base64url(some));
const copy = fc.stringMatching(/^[\w-]{1,200}$/).map((rest) => `es1.${rest}`);

describe("what is no credential", () => {
  const id = "A".repeat(43);
  test.each([
    ["nothing", ""],
    ["a sealed text", `es1.${id}.${id}`],
    ["another version", `eo2.${id}.${id}`],
    ["no person", `eo1.${id}`],
    ["an empty person", `eo1.${id}.`],
    ["a short id", `eo1.${id.slice(1)}.${id}`],
    ["a long id", `eo1.${id}A.${id}`],
    ["stray bits at an id's end", `eo1.${id.slice(1)}B.${id}`],
    ["characters that are none of the alphabet", `eo1.${id.slice(1)}=.${id}`],
    ["white space", ` eo1.${id}.${id}`],
    ["a short person", `eo1.${id}.${id.slice(1)}`],
    ["a copy of no format", `eo1.${id}.${id}.xx`],
    ["an empty copy", `eo1.${id}.${id}.`],
  ])("MB-01 %s", (_what, text) => {
    expect(readStoredCredential(text)).toBeNull();
  });

  test("MB-01 any text is refused or is the one text of what was read from it", () => {
    const almost = fc.tuple(name, name, fc.nat(90), fc.string()).map(([one, other, at, by]) => {
      const text = `eo1.${one}.${other}`;
      return text.slice(0, at) + by + text.slice(at + by.length);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), almost), (text) => {
        const read = readStoredCredential(text);
        if (read !== null) expect(writeStoredCredential(read)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});

test("what was written is read, with and without a copy", () => {
  fc.assert(
    fc.property(name, name, fc.option(copy, { nil: undefined }), (id, person, more) => {
      const credential = { id, person, ...(more !== undefined && { copy: more }) };
      expect(readStoredCredential(writeStoredCredential(credential))).toEqual(credential);
    }),
  );
});

test("MB-01 an id has 256 random bits, and the store knows it by a hash from which nobody gets back", async () => {
  const ids = Array.from({ length: 1_000 }, newStoredId);
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^[\w-]{43}$/);
  // SHA-256 of 00 0f "edgeseal/opaque" and 43 times "A", worked out by another program.
  expect(await storedKey("A".repeat(43))).toBe("OZGh6MBqz1Ut9zR4vWjQ92lK3E0O6GvGXSstvocUqIw");
});
