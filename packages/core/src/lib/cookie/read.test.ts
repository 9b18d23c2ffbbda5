import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { listCookieNames, readCookie } from "./read.js";

const NAME = "__Host-session";
const ABSENT = { ok: false, reason: "absent" };
const AMBIGUOUS = { ok: false, reason: "ambiguous_cookie" };

describe("what is not our cookie", () => {
  test.each(["\u00a0", "\u2000", "\u2003", "\ufeff", "\v", "\f", "\r", "\n", "\0", "\u0085", "'", '"'])(
    "CK-02 %j before or after the name makes another name of it",
    (character) => {
      expect(readCookie(`${character}${NAME}=x`, NAME)).toEqual(ABSENT);
      expect(readCookie(`${NAME}${character}=x`, NAME)).toEqual(ABSENT);
      expect(readCookie(`a=b; ${character}${NAME}=x; c=d`, NAME)).toEqual(ABSENT);
      // And it does not make a double of the real one.
      expect(readCookie(`${character}${NAME}=x; ${NAME}=good`, NAME)).toEqual({ ok: true, text: "good" });
    },
  );

  test.each([
    `__host-session=x`,
    `__HOST-session=x`,
    `__Host-Session=x`,
    `=${NAME}=x`,
    ` = ${NAME}=x`,
    NAME,
    `${NAME};x`,
    `x=${NAME}=y`,
    `${NAME}.0=x`,
    `x${NAME}=y`,
    `"${NAME}"=x`,
    `${NAME}%3Dx=y`,
    "%5F_Host-session=x",
    "",
    ";",
    "=",
    ";;;=;=",
  ])("CK-04 %j holds none of our name", (header) => {
    expect(readCookie(header, NAME)).toEqual(ABSENT);
  });

  test("no header holds none", () => {
    expect(readCookie(null, NAME)).toEqual(ABSENT);
  });
});

test.each([
  `${NAME}=evil; ${NAME}=good`,
  `${NAME}=good; a=b; ${NAME}=evil`,
  `${NAME}=same; ${NAME}=same`,
  `${NAME}=; ${NAME}=good`,
  `${NAME}=a;${NAME} =b;\t${NAME}=c`,
])("CK-03 two cookies of our name are both refused: %j", (header) => {
  expect(readCookie(header, NAME)).toEqual(AMBIGUOUS);
});

describe("what is our cookie", () => {
  test("CK-01 every one-byte value comes back as it is, but for what ends or trims a value", () => {
    for (let byte = 0; byte <= 0xff; byte++) {
      const value = String.fromCharCode(byte);
      const expected = value === ";" || value === " " || value === "\t" ? "" : value;
      expect(readCookie(`${NAME}=${value}`, NAME)).toEqual({ ok: true, text: expected });
    }
  });

  test.each(["%", "%zz", "%E0%A4%A", "%00", "a%20b", '"quoted"', "a=b=c", "a,b"])(
    "CK-01 %j is not decoded",
    (value) => {
      expect(readCookie(`a=1; ${NAME}=${value}; b=2`, NAME)).toEqual({ ok: true, text: value });
    },
  );

  test.each([`${NAME}=x`, ` ${NAME} = x `, `\t${NAME}\t=\tx\t;`, `a;b;${NAME}=x`, `;;${NAME}=x;;`, `a==;${NAME}=x`])(
    "space and tab around name and value are trimmed: %j",
    (header) => {
      expect(readCookie(header, NAME)).toEqual({ ok: true, text: "x" });
    },
  );

  test("is found among any others, and no header throws", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 20 }), { maxLength: 20 }), (others) => {
        const foreign = others.map((other) => other.replaceAll(";", "").replaceAll(NAME, ""));
        expect(readCookie([...foreign, `${NAME}=x`, ...foreign].join("; "), NAME)).toEqual({ ok: true, text: "x" });
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ minLength: 1 }), (header, name) => {
        expect([true, false]).toContain(readCookie(header, name).ok);
        expect(Array.isArray(listCookieNames(header, name))).toBe(true);
      }),
    );
  });

  test("says what a plain reading of the rules says", () => {
    const piece = fc.constantFrom("a", "ab", "b", "=", ";", " ", "\t", "; ", "\u00a0");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const header = pieces.join("");
        const trim = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, "");
        const values = header
          .split(";")
          .filter((pair) => pair.includes("=") && trim(pair.slice(0, pair.indexOf("="))) === "a")
          .map((pair) => trim(pair.slice(pair.indexOf("=") + 1)));
        const expected = values.length === 0 ? ABSENT : values.length > 1 ? AMBIGUOUS : { ok: true, text: values[0] };
        expect(readCookie(header, "a")).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("CK-06 a header of 128 KB", () => {
  const filler = Array.from({ length: 3_000 }, (_, at) => `cookie${at}=${"v".repeat(28)}`).join("; ");
  const hostile = [";", "=", " ", "\t", "a", "=;", " =", "; ", `${NAME}`, `${NAME} `];

  test("3,000 cookies: ours is found in front, in the middle and at the end", () => {
    expect(filler.length).toBeGreaterThan(100_000);
    const half = filler.slice(0, filler.indexOf("cookie1500"));
    for (const header of [`${NAME}=x; ${filler}`, `${half}${NAME}=x; ${filler}`, `${filler}; ${NAME}=x`]) {
      expect(readCookie(header, NAME)).toEqual({ ok: true, text: "x" });
    }
  });

  test("every character is looked at a small number of times, whatever the header is made of", () => {
    for (const piece of hostile) {
      const header = piece.repeat(131_072 / piece.length);
      const looks = vi.spyOn(String.prototype, "charCodeAt");
      readCookie(header, NAME);
      const count = looks.mock.calls.length;
      looks.mockRestore();
      expect(count).toBeLessThanOrEqual(4 * header.length + 4);
    }
  });
});

describe("listCookieNames", () => {
  test("gives names that begin with the prefix, each once, in their order", () => {
    const header = "__Host-flow-b=1; x=2; __Host-flow-a=3; __Host-flow-b=4; __host-flow-c=5; x__Host-flow-d=6";
    expect(listCookieNames(header, "__Host-flow-")).toEqual(["__Host-flow-b", "__Host-flow-a"]);
    expect(listCookieNames(null, "__Host-flow-")).toEqual([]);
  });

  test("leaves out names that could not be set again: deleting them would be refused", () => {
    expect(listCookieNames("f-a b=1; f-\u00e9=2; f-,=3; f-\r\n=4; f-ok=5; f", "f")).toEqual(["f-ok"]);
  });
});
