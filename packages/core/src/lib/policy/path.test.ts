import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalPath, matchesPath, pathPatternProblem } from "./path.js";

const at = (path: string) => canonicalPath(`https://app.example.com${path}`);

describe("TH-06 one canonical form of a guarded path", () => {
  test.each([
    "//admin",
    "/x//admin",
    "/admin//",
    "/admin%2f",
    "/admin%2F",
    "/x%2fadmin",
    "/x%5cadmin",
    "/x%5Cadmin",
    "/admin%00",
    "/admin%0a",
    "/admin%09",
    "/admin%7f",
    "/admin;x",
    "/admin;jsessionid=1/users",
    "/admin%3bx",
    "/admin%3Bx",
    "\\\\admin",
    "/\\admin",
    "/x/.//admin",
    "/..//admin",
    "/%2561dmin",
    "/assets/%252e%252e/admin",
    "/%",
    "/100%",
    "/%zz",
    "/%ff",
    "/%c0%af",
    "/%ed%a0%80",
    "/x/../admin",
    "/x/%2e%2e/admin",
    "/x/%2E./admin",
    "/x/..",
    "/./admin",
    "/admin/.",
    "/x\\..\\admin",
    "/x\\admin",
  ])("TH-06 refuses %s as ambiguous", (path) => {
    expect(at(path)).toBeNull();
  });

  test.each([
    ["/admin", "/admin"],
    ["/%61dmin", "/admin"],
    ["/%61%64min/", "/admin"],
    ["/admin/", "/admin"],
    ["/admin?x=/public", "/admin"],
    ["/admin#/public", "/admin"],
    ["/admin?a//b;c%2f", "/admin"],
    ["/admin?x=/../y\\z", "/admin"],
    ["/.well-known/x", "/.well-known/x"],
    ["/a..b/...", "/a..b/..."],
    ["/", "/"],
    ["", "/"],
    ["/caf%C3%A9", "/café"],
    ["/café", "/café"],
    ["/a%20b", "/a b"],
    ["/100%25", "/100%"],
  ])("TH-06 reads %s as %s", (path, canonical) => {
    expect(at(path)).toBe(canonical);
  });

  test("TH-06 keeps the case, so that another spelling is never public by accident", () => {
    expect(at("/ADMIN")).toBe("/ADMIN");
    expect(matchesPath(["/health"], "/HEALTH")).toBe(false);
  });

  test("TH-06 no path that leaves a public folder still matches it", () => {
    for (const path of ["/assets/../admin", "/assets/%2e%2e/admin", "/assets/..%2fadmin", "/assets/x/..\\..\\admin"]) {
      const canonical = at(path);
      expect(canonical === null || !matchesPath(["/assets/*"], canonical)).toBe(true);
    }
  });

  test("TH-06 a canonical path has no empty segment, no dot segment, no separator of another kind", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("/", "\\", ".", "%2e", "%2f", "%25", "%61", ";", "a", "%", "%00", "?", "#", "é", "\t"),
          maxLength: 16,
        }),
        (text) => {
          const canonical = at(`/${text}`);
          if (canonical === null) return;
          expect(canonical.startsWith("/")).toBe(true);
          expect(canonical).not.toMatch(/\/\/|\\|;|\0/);
          expect(canonical.split("/").slice(1)).not.toContain("..");
          expect(canonical.split("/").slice(1)).not.toContain(".");
          expect(canonical === "/" || !canonical.endsWith("/")).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("path patterns", () => {
  test("a plain pattern names one path, a starred one what lies below", () => {
    const patterns = ["/", "/health", "/assets/*"];
    expect(["/", "/health", "/assets/a", "/assets/a/b"].every((path) => matchesPath(patterns, path))).toBe(true);
    expect(["/x", "/healthy", "/health/x", "/assets", "/assetsx"].some((path) => matchesPath(patterns, path))).toBe(
      false,
    );
    expect(matchesPath(["/*"], "/")).toBe(true);
    expect(matchesPath(["/*"], "/any/thing")).toBe(true);
    expect(matchesPath([], "/")).toBe(false);
  });

  test.each([
    "health",
    "",
    "/a*",
    "/*/b",
    "/a/",
    "/a//b",
    "/a;b",
    "/x?y",
    "/x#y",
    "/a/../b",
    "/%61",
    "/a%2fb/*",
    7,
    null,
  ])("refuses the pattern %j, which could never match", (pattern) => {
    expect(pathPatternProblem(pattern)).toMatch(/pattern/);
  });

  test.each(["/", "/health", "/assets/*", "/*", "/café"])("takes the pattern %s", (pattern) => {
    expect(pathPatternProblem(pattern)).toBeNull();
  });
});
