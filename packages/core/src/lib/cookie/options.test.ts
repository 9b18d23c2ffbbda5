import { describe, expect, test } from "vitest";
import { cookieProblems, resolveCookie } from "./options.js";

const NAME_PREFIX = "`cookie.name` must begin with `__Host-`, or with `__Secure-` beside `cookie.domain`.";
const DOMAIN_PREFIX =
  "`cookie.name` must begin with `__Secure-` beside `cookie.domain`: browsers drop a `__Host-` cookie that has a domain.";
const NAME_FORM = "`cookie.name` must be a token (RFC 9110) of at most 128 characters.";
const DOMAIN_FORM =
  "`cookie.domain` must be a host name of two labels or more, such as `example.com`, without a leading dot.";
const SAME_SITE = '`cookie.sameSite` must be "lax" or "strict": with "none" other sites would send the session.';
const UNKNOWN =
  "`cookie` has only `name`, `domain` and `sameSite`: Secure, HttpOnly, Path=/ and Max-Age are not options.";

describe("CK-12 options that browsers or attackers would turn against us", () => {
  test.each([
    ["a domain beside a __Host- name", { name: "__Host-session", domain: "example.com" }, [DOMAIN_PREFIX]],
    ["a __Secure- name without a domain", { name: "__Secure-session" }, [NAME_PREFIX]],
    ["a name without prefix", { name: "session" }, [NAME_PREFIX]],
    ["a name without prefix beside a domain", { name: "session", domain: "example.com" }, [DOMAIN_PREFIX]],
    ["a prefix in other letters", { name: "__host-session" }, [NAME_PREFIX]],
    ["a prefix alone", { name: "__Host-" }, [NAME_PREFIX]],
    ["SameSite=None", { sameSite: "none" }, [SAME_SITE]],
    ["SameSite in other letters", { sameSite: "Lax" }, [SAME_SITE]],
    ["Secure taken away", { secure: false }, [UNKNOWN]],
    ["a path", { path: "/app" }, [UNKNOWN]],
    ["a Max-Age above 400 days", { maxAge: 40_000_000 }, [UNKNOWN]],
    ["a misspelt option", { samesite: "strict" }, [UNKNOWN]],
  ])("%s", (_what, options, problems) => {
    expect(cookieProblems(options)).toEqual(problems);
  });

  test.each([null, "session", 1, true])("%j instead of options", (options) => {
    expect(cookieProblems(options)).toEqual(["`cookie` must be an object, or left out."]);
  });
});

describe("CK-11 options with text that would become another attribute or header", () => {
  test.each([
    "__Host-a;b",
    "__Host-a b",
    "__Host-a\r\nX: y",
    "__Host-a,b",
    "__Host-a=b",
    "",
    "__Host-é",
    "__Host-".padEnd(129, "a"),
    null,
    7,
  ])("%j as the name", (name) => {
    expect(cookieProblems({ name })).toEqual([NAME_FORM]);
  });

  test.each([
    "",
    "example.com; HttpOnly",
    "example.com\r\nX: y",
    ".example.com",
    "example.com.",
    "com",
    "127.0.0.1",
    "exa mple.com",
    "-a.example",
    `${"a.".repeat(130)}com`,
    null,
    7,
  ])("%j as the domain", (domain) => {
    expect(cookieProblems({ domain })).toEqual([DOMAIN_FORM]);
  });
});

test("every problem is told at once, and thrown as one error", () => {
  const wrong = { name: "session", domain: "com", sameSite: "none", secure: false };
  const problems = [UNKNOWN, DOMAIN_FORM, DOMAIN_PREFIX, SAME_SITE];
  expect(cookieProblems(wrong)).toEqual(problems);
  // JavaScript callers can pass anything.
  expect(() => resolveCookie(wrong as never)).toThrow(expect.objectContaining({ code: "config_invalid", problems }));
});

test("without options the cookie is host-only and Lax; a domain changes the prefix", () => {
  expect(resolveCookie()).toEqual({ name: "__Host-session", sameSite: "lax" });
  expect(resolveCookie({})).toEqual({ name: "__Host-session", sameSite: "lax" });
  expect(resolveCookie({ domain: "Example.com" })).toEqual({
    name: "__Secure-session",
    sameSite: "lax",
    domain: "example.com",
  });
  expect(resolveCookie({ name: "__Host-app", sameSite: "strict" })).toEqual({ name: "__Host-app", sameSite: "strict" });
  expect(resolveCookie({ name: "__Secure-app", domain: "app.example.com" })).toEqual({
    name: "__Secure-app",
    sameSite: "lax",
    domain: "app.example.com",
  });
});
