import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { base64url, constantTimeEqual, fromBase64url, isBase64url, lengthPrefixed, utf8, utf8Text } from "./bytes.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("base64url", () => {
  test.each(["a", "YR", "YQ=", "YQ==", "Y Q", "YQ\n", "Y+Q_", "Y/Q_", "YWF", "aé", "a\u0000aa"])(
    "refuses %j",
    (text) => {
      expect(fromBase64url(text)).toBeNull();
    },
  );

  test("CR-04 accepts one of the 64 last characters of a one-byte text per four-bit remainder", () => {
    const accepted = [...ALPHABET].filter((last) => isBase64url(`Y${last}`));
    expect(accepted).toEqual(["A", "Q", "g", "w"]);
  });

  test("gives back every byte string, in the text the platform writes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = base64url(bytes);
        expect(fromBase64url(text)).toEqual(new Uint8Array(bytes));
        const binary = btoa(String.fromCharCode(...bytes));
        expect(text).toBe(binary.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
      }),
    );
  });

  test("reads exactly the texts that are canonical, wherever white space, padding or a foreign character stands", () => {
    const foreign = ["=", " ", "\n", "\t", "\f", "\r", "\v", "+", "/", "é", "\u0000", "\ufeff"];
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.tuple(fc.nat(60), fc.constantFrom("", "A", "_", ...foreign)), { maxLength: 4 }),
        (bytes, inserted) => {
          let text = base64url(bytes);
          for (const [at, character] of inserted) text = text.slice(0, at) + character + text.slice(at);
          expect(fromBase64url(text) !== null).toBe(isBase64url(text));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("one byte string has one text: whatever opens is written back the same", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...ALPHABET, "=", " ", "+"), maxLength: 12 }), (text) => {
        const bytes = fromBase64url(text);
        if (bytes) expect(base64url(bytes)).toBe(text);
      }),
    );
  });
});

describe("utf8Text", () => {
  test("refuses bytes that are not UTF-8 and keeps a leading byte order mark", () => {
    expect(utf8Text(Uint8Array.of(0xff))).toBeNull();
    expect(utf8Text(Uint8Array.of(0xed, 0xa0, 0x80))).toBeNull();
    expect(utf8Text(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
  });
});

describe("lengthPrefixed", () => {
  test("refuses a lone surrogate and a text above 65,535 bytes", () => {
    expect(() => lengthPrefixed("\ud800")).toThrow(RangeError);
    expect(() => lengthPrefixed("é".repeat(32_768))).toThrow(RangeError);
    expect(lengthPrefixed("é".repeat(32_767)).length).toBe(65_536);
  });

  test("writes the length in bytes, not in characters", () => {
    expect(lengthPrefixed("é")).toEqual(Uint8Array.of(0, 2, 0xc3, 0xa9));
  });
});

test("constantTimeEqual tells equal bytes from all others", () => {
  expect(constantTimeEqual(utf8("abc"), utf8("abc"))).toBe(true);
  expect(constantTimeEqual(utf8("abc"), utf8("abd"))).toBe(false);
  expect(constantTimeEqual(utf8("abc"), utf8("ab"))).toBe(false);
});
