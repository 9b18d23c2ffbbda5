import fc from "fast-check";
import { expect, test } from "vitest";
import { readFields, writeFields } from "./fields.js";

const text = fc.string({ unit: "grapheme", maxLength: 20 });

test("refuses another version, other counts, truncation and bytes left over", () => {
  const bytes = writeFields(1, ["state", "", "café"]);
  expect(readFields(bytes, 1, 3)).toEqual(["state", "", "café"]);
  expect(readFields(bytes, 2, 3)).toBeNull();
  expect(readFields(bytes, 1, 2)).toBeNull();
  expect(readFields(bytes, 1, 4)).toBeNull();
  for (let length = 0; length < bytes.length; length++) expect(readFields(bytes.subarray(0, length), 1, 3)).toBeNull();
  expect(readFields(Uint8Array.of(...bytes, 0), 1, 3)).toBeNull();
  expect(readFields(Uint8Array.of(1, 0, 1, 0xff), 1, 1)).toBeNull();
});

test("reads back exactly what was written, and one text never has two spellings", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), (fields) => {
      expect(readFields(writeFields(1, fields), 1, fields.length)).toEqual(fields);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(4), (bytes, count) => {
      const fields = readFields(bytes, 1, count);
      if (fields !== null) expect(writeFields(1, fields)).toEqual(new Uint8Array(bytes));
    }),
  );
});
