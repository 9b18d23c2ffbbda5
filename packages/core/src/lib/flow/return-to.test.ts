import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { safeReturnTo } from "./return-to.js";

const REQUEST = "https://app.example.com/auth/login";

const FOREIGN = [
  "//evil.example",
  "//evil.example/",
  "///evil.example",
  "////evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "\\/evil.example",
  "/\\/evil.example",
  "//\\evil.example",
  "\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r/evil.example",
  "\t//evil.example",
  " //evil.example",
  "\u00a0//evil.example",
  "/ /evil.example",
  "/%09/evil.example",
  "/%0a/evil.example",
  "/%0D/evil.example",
  "/%2f/evil.example",
  "/%2fevil.example",
  "/%2F%2Fevil.example",
  "/%5cevil.example",
  "/%5C%5Cevil.example",
  "%2f%2fevil.example",
  "%2fevil.example",
  "https:evil.example",
  "http:evil.example",
  "https:/evil.example",
  "https:///evil.example",
  "https:\\\\evil.example",
  "https://evil.example",
  "http://evil.example",
  "HTTPS://EVIL.EXAMPLE",
  "https://app.example.com",
  "https://app.example.com@evil.example",
  "https://app.example.com.evil.example",
  "https://app.example.com:8443/",
  "http://app.example.com/",
  "@evil.example",
  ":@evil.example",
  "evil.example",
  "./evil.example",
  "../evil.example",
  "?next=//evil.example",
  "#//evil.example",
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:msgbox(1)",
  "blob:https://app.example.com/1",
  "file:///etc/passwd",
  "about:blank",
  "/x\r\nSet-Cookie: a=b",
  "/x\nLocation: //evil.example",
  "/x\0",
  "\0//evil.example",
  "/x\u2028",
  "\u2215\u2215evil.example",
  "\uff0f\uff0fevil.example",
  "/\uff0fevil.example",
  "/\u3002evil.example",
  "/x\\..\\..\\evil.example",
  "/\ud800",
  `/${"a".repeat(3_072)}`,
  "",
  " ",
  "/ ",
];

describe("where a visitor is sent", () => {
  test.each(FOREIGN)("RD-01 refuses %j", (text) => {
    expect(safeReturnTo(text, REQUEST)).toBeNull();
  });

  test("RD-01 has more than sixty payloads", () => {
    expect(FOREIGN.length).toBeGreaterThan(60);
  });

  test.each([
    "/.//evil.example",
    "/..//evil.example",
    "/x/..//evil.example",
    "/././/evil.example",
    "/%2e//evil.example",
    "/%2e%2e//evil.example",
    "/x/%2E%2e//evil.example",
    "/.//@evil.example",
    "/.//app.example.com/x",
  ])("RD-02 refuses %s, whose path alone would name another host", (text) => {
    expect(safeReturnTo(text, REQUEST)).toBeNull();
  });

  test.each(["//[", "//[::1", "/\\[", "//%", "//a:99999999", "https://[", "//\u0000", "//xn--"])(
    "RD-03 a text the parser throws on (%j) is refused without an exception",
    (text) => {
      expect(safeReturnTo(text, REQUEST)).toBeNull();
    },
  );

  test.each([
    ["/", "/"],
    ["/projects", "/projects"],
    ["/projects?page=2&sort=-name#top", "/projects?page=2&sort=-name#top"],
    ["/x?next=//evil.example", "/x?next=//evil.example"],
    ["/x?next=https://evil.example/", "/x?next=https://evil.example/"],
    ["/a/../b", "/b"],
    ["/caf%C3%A9", "/caf%C3%A9"],
    ["/a//b", "/a//b"],
    ["/user@example.com", "/user@example.com"],
    ["/javascript:alert(1)", "/javascript:alert(1)"],
  ])("takes %s as %s", (text, path) => {
    expect(safeReturnTo(text, REQUEST)).toBe(path);
  });

  test("the request's scheme and port are part of what is ours", () => {
    expect(safeReturnTo("/x", "http://localhost:8787/auth/login")).toBe("/x");
  });

  test("RD-01 whatever comes in, a browser that follows the Location stays on our host", () => {
    const piece = fc.constantFrom(
      "/", "\\", ".", "..", "//", "@", ":", "?", "#", "%2f", "%5c", "%2e", "%09", "\t", "\n", "\r", " ", "evil.example",
      "https:", "javascript:", "app.example.com", "\uff0f", "\u2215", "\0", "[", "]", "%", "a", "é", "😀", "\ud800",
    ); // biome-ignore format: a list of fragments
    const text = fc.oneof(
      fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join("")),
      fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join("")}`),
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.webUrl(),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        const path = safeReturnTo(candidate, REQUEST);
        if (path === null) return;
        expect(path).toMatch(/^\/[\x21-\x7e]*$/);
        for (const base of [REQUEST, "https://app.example.com/deep/er/callback?code=1"]) {
          const followed = new URL(path, base);
          expect([followed.protocol, followed.host]).toEqual(["https:", "app.example.com"]);
        }
        expect(safeReturnTo(path, REQUEST)).toBe(path);
      }),
      { numRuns: 5_000 },
    );
  });
});
