import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clearSessionCookie, readSessionCookie, writeSessionCookie } from "./session-cookie.js";

const NAME = "__Host-session";
const ATTRIBUTES = "; Path=/; Secure; HttpOnly; SameSite=Lax";
const BAD = { ok: false, reason: "bad_chunks" };
const ABSENT = { ok: false, reason: "absent" };

/** As long as asked, and with a salt of its own: what matters here of a sealed text. */
function sealed(length: number, salt = "saltAA"): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const filler = Array.from({ length: Math.max(0, length - 16) }, (_, at) => alphabet[(at * 7 + (at >> 6)) % 64]);
  return `es1.keyid_${salt}${filler.join("")}`;
}

/** What a browser sends after these `Set-Cookie` values. */
function jar(...answers: readonly (readonly string[])[]): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const line of answers.flat()) {
    const [pair = ""] = line.split(";");
    const name = pair.slice(0, pair.indexOf("="));
    cookies.delete(name);
    if (!line.includes("Max-Age=0")) cookies.set(name, pair.slice(name.length + 1));
  }
  return cookies;
}

function headerOf(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
}

function chunksOf(text: string): Map<string, string> {
  return jar(writeSessionCookie(text));
}

const FOUR = sealed(15_200);

describe("CK-07 chunks that lie", () => {
  test.each(["999999", "0", "1", "5", "-2", "2.0", "", "04", "4e0", "٤"])("count %j", (count) => {
    const cookies = chunksOf(FOUR);
    for (const [name, value] of cookies) cookies.set(name, count + value.slice(1));
    expect(readSessionCookie(headerOf(cookies))).toEqual(BAD);
  });

  test("999,999 names are announced, or sent: four are looked at, in linear time", () => {
    const many = Array.from({ length: 3_000 }, (_, at) => `${NAME}.${at}=999999.saltAA.x`).join("; ");
    expect(readSessionCookie(many)).toEqual(BAD);
    expect(clearSessionCookie(many)).toHaveLength(5);
    expect(writeSessionCookie("es1.short", { replaces: many })).toHaveLength(5);
    const beyond = Array.from({ length: 100 }, (_, at) => `${NAME}.${at + 4}=2.saltAA.x`).join("; ");
    expect(readSessionCookie(beyond)).toEqual(ABSENT);
    expect(writeSessionCookie("es1.short", { replaces: beyond })).toHaveLength(1);
  });

  test.each([0, 1, 2, 3])("chunk %i is missing", (at) => {
    const cookies = chunksOf(FOUR);
    cookies.delete(`${NAME}.${at}`);
    expect(readSessionCookie(headerOf(cookies))).toEqual(BAD);
  });

  test.each([0, 1, 2, 3])("chunk %i is there twice", (at) => {
    const header = headerOf(chunksOf(FOUR));
    expect(readSessionCookie(`${header}; ${NAME}.${at}=4.saltAA.x`)).toEqual(BAD);
    expect(readSessionCookie(`${NAME}.${at}=${chunksOf(FOUR).get(`${NAME}.${at}`)}; ${header}`)).toEqual(BAD);
  });

  test("a chunk more than the set has is left alone", () => {
    const text = sealed(5_000);
    const cookies = chunksOf(text);
    cookies.set(`${NAME}.2`, chunksOf(FOUR).get(`${NAME}.2`) ?? "");
    expect(readSessionCookie(headerOf(cookies))).toEqual({ ok: true, text, chunks: 2 });
  });

  test.each([
    [0, 1],
    [0, 2],
    [1, 2],
  ])("chunks %i and %i of three change places", (one, other) => {
    const cookies = chunksOf(sealed(10_000));
    const value = cookies.get(`${NAME}.${one}`) ?? "";
    cookies.set(`${NAME}.${one}`, cookies.get(`${NAME}.${other}`) ?? "");
    cookies.set(`${NAME}.${other}`, value);
    expect(readSessionCookie(headerOf(cookies))).toEqual(BAD);
  });

  test("the order in the header means nothing", () => {
    const turned = new Map([...chunksOf(FOUR)].reverse());
    expect(readSessionCookie(headerOf(turned))).toEqual({ ok: true, text: FOUR, chunks: 4 });
  });

  test("two generations are never mixed, whichever chunk is of the other one", () => {
    const older = chunksOf(sealed(15_200, "olderA"));
    const newer = chunksOf(sealed(15_200, "newerB"));
    for (let mask = 0; mask < 16; mask++) {
      const mixed = new Map(
        [...older].map(([name, value], at) => [name, (mask >> at) & 1 ? (newer.get(name) ?? "") : value]),
      );
      const read = readSessionCookie(headerOf(mixed));
      if (mask === 0) expect(read).toEqual({ ok: true, text: sealed(15_200, "olderA"), chunks: 4 });
      else if (mask === 15) expect(read).toEqual({ ok: true, text: sealed(15_200, "newerB"), chunks: 4 });
      else expect(read).toEqual(BAD);
    }
  });

  test("a set whose name is not in its text", () => {
    const cookies = chunksOf(FOUR);
    for (const [name, value] of cookies) cookies.set(name, value.replace("saltAA", "otherA"));
    expect(readSessionCookie(headerOf(cookies))).toEqual(BAD);
  });

  test.each([
    "",
    "4",
    "4.",
    "4.saltAA",
    "4.saltAA.",
    "4.salt.x",
    "4.saltAA%2Ex",
    "4.salt A.x",
    `4.saltAA.${"x".repeat(3_801)}`,
  ])("%j as the first chunk", (value) => {
    const cookies = chunksOf(FOUR);
    cookies.set(`${NAME}.0`, value);
    expect(readSessionCookie(headerOf(cookies))).toEqual(BAD);
  });

  test("no header throws, and nothing but what was written is read from changed chunks", () => {
    const piece = fc.constantFrom(NAME, ".0", ".1", ".3", "=", "; ", ".", "2", "4", "saltAA", "es1.keyid_saltAA", "x");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(piece).map((all) => all.join("")),
        ),
        (header) => {
          expect(typeof readSessionCookie(header).ok).toBe("boolean");
          expect(clearSessionCookie(header).length).toBeLessThanOrEqual(5);
          expect(writeSessionCookie("es1.short", { replaces: header }).length).toBeLessThanOrEqual(5);
        },
      ),
    );
    const pairs = [...chunksOf(FOUR)];
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 4 }), fc.array(fc.nat(3), { maxLength: 4 }), (names, values) => {
        const header = names.map((at, position) => `${NAME}.${at}=${pairs[values[position] ?? 0]?.[1]}`).join("; ");
        const read = readSessionCookie(header);
        // Full parts in the middle may be swapped or doubled unseen; then the seal's tag refuses the whole.
        if (read.ok) expect(read.text.length).toBe(FOUR.length);
        if (read.ok) expect(read.text.startsWith(FOUR.slice(0, 3_800))).toBe(true);
      }),
    );
  });
});

describe("CK-03 a chunk or a cookie of our name beside the right one", () => {
  test("two single cookies are refused, with broken chunks beside them too", () => {
    const ambiguous = { ok: false, reason: "ambiguous_cookie" };
    expect(readSessionCookie(`${NAME}=es1.a; ${NAME}=es1.b`)).toEqual(ambiguous);
    expect(readSessionCookie(`${NAME}=es1.a; ${NAME}=es1.b; ${NAME}.0=x`)).toEqual(ambiguous);
  });

  test("a tossed chunk does not take a whole cookie away", () => {
    expect(readSessionCookie(`${NAME}=es1.whole; ${NAME}.0=2.saltAA.x`)).toEqual({
      ok: true,
      text: "es1.whole",
      chunks: 1,
    });
  });

  test("a late answer's single cookie beside a whole set: the set is taken, and the next answer deletes the other", () => {
    const text = sealed(5_000);
    const cookies = jar(writeSessionCookie("es1.late"), writeSessionCookie(text));
    expect(readSessionCookie(headerOf(cookies))).toEqual({ ok: true, text, chunks: 2 });
    const lines = writeSessionCookie(text, { replaces: headerOf(cookies) });
    expect(lines.at(-1)).toBe(`${NAME}=; Max-Age=0${ATTRIBUTES}`);
    expect(lines).toHaveLength(3);
  });
});

describe("CK-08 a session that grows and shrinks", () => {
  test("through every number of chunks and back, what the browser holds is always one form that is read", () => {
    const lengths = [100, 3_800, 3_801, 7_600, 7_601, 11_400, 15_200, 11_401, 7_000, 3_801, 3_800, 200, 15_200, 100];
    let cookies = new Map<string, string>();
    lengths.forEach((length, step) => {
      const text = sealed(length, `step${String(step).padStart(2, "0")}`);
      const replaces = headerOf(cookies);
      const lines = writeSessionCookie(text, { maxAgeSeconds: 60, replaces });
      cookies = jar(
        [...cookies].map(([name, value]) => `${name}=${value}`),
        lines,
      );
      const chunks = Math.ceil(length / 3_800);
      expect(cookies.size).toBe(chunks);
      expect(readSessionCookie(headerOf(cookies))).toEqual({ ok: true, text, chunks });
      // Nothing else is touched: one line per cookie written, one per cookie that must go.
      expect(new Set(lines.map((line) => line.slice(0, line.indexOf("=")))).size).toBe(lines.length);
    });
  });

  test("whole lines: what is written keeps its age, what is stale goes with the same attributes", () => {
    const options = { name: "__Secure-app", domain: "example.com", sameSite: "strict" } as const;
    const rest = "; Domain=example.com; Path=/; Secure; HttpOnly; SameSite=Strict";
    const long = sealed(4_000);
    expect(writeSessionCookie(long, { ...options, maxAgeSeconds: 60, replaces: "__Secure-app=es1.old; a=b" })).toEqual([
      `__Secure-app.0=2.saltAA.${long.slice(0, 3_800)}; Max-Age=60${rest}`,
      `__Secure-app.1=2.saltAA.${long.slice(3_800)}; Max-Age=60${rest}`,
      `__Secure-app=; Max-Age=0${rest}`,
    ]);
    const header = "__Secure-app.1=x; __Secure-app.0=y; __Secure-app.00=z; __Secure-app.4=z; __Secure-app.x=z";
    expect(writeSessionCookie("es1.new", { ...options, replaces: header })).toEqual([
      `__Secure-app=es1.new${rest}`,
      `__Secure-app.1=; Max-Age=0${rest}`,
      `__Secure-app.0=; Max-Age=0${rest}`,
    ]);
    expect(clearSessionCookie(header, options)).toEqual([
      `__Secure-app=; Max-Age=0${rest}`,
      `__Secure-app.1=; Max-Age=0${rest}`,
      `__Secure-app.0=; Max-Age=0${rest}`,
    ]);
    expect(clearSessionCookie(null, options)).toEqual([`__Secure-app=; Max-Age=0${rest}`]);
  });

  test("a browser keeps every chunk, under the longest name there may be", () => {
    const name = "__Host-".padEnd(128, "n") as `__Host-${string}`;
    const lines = writeSessionCookie(FOUR, { name });
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line.slice(0, line.indexOf(";")).length - 1).toBeLessThanOrEqual(4_096);
    expect(readSessionCookie(headerOf(jar(lines)), { name })).toEqual({ ok: true, text: FOUR, chunks: 4 });
  });
});

describe("CK-09 what no cookies can carry", () => {
  test("a character too many is session_too_large, and nothing is written", () => {
    expect(() => writeSessionCookie(sealed(15_201))).toThrow(
      expect.objectContaining({ name: "AuthError", code: "session_too_large" }),
    );
  });

  test("a long text that is no seal is refused: it could not be told from another one", () => {
    const write = () => writeSessionCookie(".".repeat(5_000));
    expect(write).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });
});

test("whatever is sealed is read as it was written, among any other cookies", () => {
  const salt = fc.stringMatching(/^[\w-]{6}$/);
  const others = fc.array(fc.string({ unit: "binary", maxLength: 20 }), { maxLength: 5 });
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 15_200 }), salt, others, (length, id, strangers) => {
      const text = sealed(length, id);
      const foreign = strangers.map((other) => other.replaceAll(/[;]|__Host-session/g, ""));
      const header = [...foreign, headerOf(chunksOf(text)), ...foreign].join("; ");
      expect(readSessionCookie(header)).toEqual({ ok: true, text, chunks: Math.ceil(length / 3_800) });
    }),
  );
});

test("another cookie's chunks are not ours, and options are checked", () => {
  const header = headerOf(jar(writeSessionCookie(FOUR, { name: "__Host-other" })));
  expect(readSessionCookie(header)).toEqual(ABSENT);
  expect(readSessionCookie(header, { name: "__Host-other" })).toEqual({ ok: true, text: FOUR, chunks: 4 });
  expect(readSessionCookie(null)).toEqual(ABSENT);
  expect(readSessionCookie(`${NAME}=es1.a`)).toEqual({ ok: true, text: "es1.a", chunks: 1 });
  const wrong = { name: "session" } as never;
  for (const call of [
    () => readSessionCookie(null, wrong),
    () => writeSessionCookie("es1.a", wrong),
    () => clearSessionCookie(null, wrong),
  ]) {
    expect(call).toThrow(expect.objectContaining({ code: "config_invalid" }));
  }
});
