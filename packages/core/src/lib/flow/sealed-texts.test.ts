import fc from "fast-check";
import { expect, test } from "vitest";
import { readTexts, writeTexts } from "./sealed-texts.js";

const text = fc.string({ unit: "grapheme", maxLength: 20 });

test("refuses another version, other counts, truncation and bytes left over", () => {
  const bytes = writeTexts(1, ["state", "", "café"]);
  expect(readTexts(bytes, 1, 3)).toEqual(["state", "", "café"]);
  expect(readTexts(bytes, 2, 3)).toBeNull();
  expect(readTexts(bytes, 1, 2)).toBeNull();
  expect(readTexts(bytes, 1, 4)).toBeNull();
  for (let length = 0; length < bytes.length; length++) expect(readTexts(bytes.subarray(0, length), 1, 3)).toBeNull();
  expect(readTexts(Uint8Array.of(...bytes, 0), 1, 3)).toBeNull();
  expect(readTexts(Uint8Array.of(1, 0, 1, 0xff), 1, 1)).toBeNull();
});

test("reads back exactly what was written, and one text never has two spellings", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), (fields) => {
      expect(readTexts(writeTexts(1, fields), 1, fields.length)).toEqual(fields);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(4), (bytes, count) => {
      const fields = readTexts(bytes, 1, count);
      if (fields !== null) expect(writeTexts(1, fields)).toEqual(new Uint8Array(bytes));
    }),
  );
});
