import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAuthError } from "../base/errors.js";
import { readCookie } from "./read.js";
import { type CookieAttributes, clearCookie, cookieFits, serializeCookie } from "./write.js";

const LAX: CookieAttributes = { sameSite: "lax" };

describe("CK-11 text that would become another attribute or header", () => {
  test.each([
    "\r",
    "\n",
    "\r\nSet-Cookie: a=b",
    ";",
    "; Domain=evil.example",
    ",",
    " ",
    "\t",
    "\0",
    "\x7f",
    '"',
    "\\",
    "é",
    "\u2028",
  ])("%j in the value is refused", (text) => {
    const write = () => serializeCookie("__Host-a", `b${text}c`, LAX);
    expect(write).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });

  test.each(["", "\r", "\n", ";", ",", " ", "=", "\0", "é", "a b", "a=b", "(", '"', "__Host-a; Domain=evil.example"])(
    "%j as the name is refused",
    (name) => {
      expect(() => serializeCookie(name, "b", LAX)).toThrow(expect.objectContaining({ code: "config_invalid" }));
      expect(() => clearCookie(name, LAX)).toThrow(expect.objectContaining({ code: "config_invalid" }));
    },
  );

  test.each([
    "",
    "a.example; HttpOnly",
    "a.example\r\nX: y",
    ".a.example",
    "a.example.",
    "localhost",
    "a..example",
    "127.0.0.1",
    "[::1]",
    "a,b.example",
  ])("%j as the domain is refused", (domain) => {
    expect(() => serializeCookie("__Secure-a", "b", { ...LAX, domain })).toThrow(
      expect.objectContaining({ code: "config_invalid" }),
    );
  });

  test("whatever is passed, what comes out is one line with one cookie, or nothing", () => {
    const text = fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.constantFrom("a", "__Host-a", "a.example"));
    fc.assert(
      fc.property(text, text, fc.option(text, { nil: undefined }), (name, value, domain) => {
        try {
          const line = serializeCookie(name, value, { ...LAX, ...(domain !== undefined && { domain }) });
          expect(line).toMatch(/^[^=;\s]+=[^;\s]*(; Domain=[^;\s]+)?; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
          expect(new Headers({ "Set-Cookie": line }).getSetCookie()).toEqual([line]);
          expect(readCookie(line.split(";")[0] ?? "", name)).toEqual({ ok: true, text: value });
        } catch (error) {
          if (!isAuthError(error, "config_invalid")) throw error;
        }
      }),
    );
  });
});

describe("CK-12 what browsers refuse, cut or drop", () => {
  test.each(["__Host-a", "__host-a", "__HOST-a"])("a domain beside %s", (name) => {
    expect(() => serializeCookie(name, "b", { ...LAX, domain: "a.example" })).toThrow(
      expect.objectContaining({ problems: ["A `__Host-` cookie must have no domain."] }),
    );
  });

  test.each([34_560_001, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("a Max-Age of %d", (maxAgeSeconds) => {
    expect(() => serializeCookie("__Host-a", "b", { ...LAX, maxAgeSeconds })).toThrow(
      expect.objectContaining({
        problems: ["A cookie's `maxAgeSeconds` must be an integer from 0 to 34560000 (400 days)."],
      }),
    );
  });

  test.each(["none", "None", "Lax", "", undefined, "toString"])("sameSite %j", (sameSite) => {
    // JavaScript callers can pass anything.
    const attributes = { sameSite } as unknown as CookieAttributes;
    expect(() => serializeCookie("__Host-a", "b", attributes)).toThrow(
      expect.objectContaining({ problems: ["A cookie's `sameSite` must be lax or strict."] }),
    );
  });

  test("more than 4,096 octets of name and value, with the code that was asked for and without the value", () => {
    const name = "__Host-a";
    const longest = "v".repeat(4_096 - name.length);
    expect(cookieFits(name, longest)).toBe(true);
    expect(serializeCookie(name, longest, LAX)).toContain(longest);
    expect(cookieFits(name, `${longest}v`)).toBe(false);
    for (const oversizeCode of ["session_too_large", "payload_too_large"] as const) {
      expect(() => serializeCookie(name, `${longest}v`, { ...LAX, oversizeCode })).toThrow(
        expect.objectContaining({
          code: oversizeCode,
          message: "The cookie's name and value are longer than the 4096 octets browsers keep.",
        }),
      );
    }
    expect(() => serializeCookie(name, `${longest}v`, LAX)).toThrow(
      expect.objectContaining({ code: "payload_too_large" }),
    );
  });

  test("every problem is told at once", () => {
    const write = () => serializeCookie("a b", "c d", { sameSite: "lax", domain: "", maxAgeSeconds: -1 });
    expect(write).toThrow(
      expect.objectContaining({
        problems: [
          "A cookie's name must be a token (RFC 9110).",
          "A cookie's value must be printable ASCII without space, quote, comma, semicolon and backslash.",
          "A cookie's domain must be a host name.",
          "A cookie's `maxAgeSeconds` must be an integer from 0 to 34560000 (400 days).",
        ],
      }),
    );
  });
});

describe("a cookie", () => {
  test("is host-only, Secure, HttpOnly, for every path, and forgotten with the browser, unless said otherwise", () => {
    expect(serializeCookie("__Host-session", "es1.x", LAX)).toBe(
      "__Host-session=es1.x; Path=/; Secure; HttpOnly; SameSite=Lax",
    );
    expect(
      serializeCookie("__Secure-session", "es1.x", {
        sameSite: "strict",
        domain: "example.com",
        maxAgeSeconds: 34_560_000,
      }),
    ).toBe("__Secure-session=es1.x; Max-Age=34560000; Domain=example.com; Path=/; Secure; HttpOnly; SameSite=Strict");
  });

  test("is deleted with the attributes it was set with", () => {
    expect(clearCookie("__Host-session", LAX)).toBe(
      "__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax",
    );
    expect(clearCookie("__Secure-session", { sameSite: "strict", domain: "example.com" })).toBe(
      "__Secure-session=; Max-Age=0; Domain=example.com; Path=/; Secure; HttpOnly; SameSite=Strict",
    );
  });
});
