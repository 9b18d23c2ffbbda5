import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalPath } from "../policy/path.js";
import { locationFor, resolveRoutes, routeOf, targetOf } from "./proxy-target.js";

const routes = resolveRoutes([
  { prefix: "/api", to: "https://api.internal.example/v1/" },
  { prefix: "/api/projects", to: "https://projects.internal.example" },
  { prefix: "/", to: "https://web.internal.example/site" },
]);

function leads(url: string): string | null {
  const path = canonicalPath(url);
  const resolved = path === null ? undefined : routeOf(routes, path);
  return resolved && path !== null ? (targetOf(resolved, path, new URL(url))?.href ?? null) : null;
}

describe("where a request goes", () => {
  test.each([
    "/api//evil.example/x",
    "/api/../../secret",
    "/api/%2e%2e/secret",
    "/api/..%2fsecret",
    "/api/\\evil.example",
    "/api/%5cevil.example",
    "/api/%252e%252e/x",
    "/api/x;y=1",
    "/api/%00",
    "//evil.example/api",
  ])("PX-02 %s goes nowhere", (path) => {
    expect(leads(`https://app.example${path}`)).toBeNull();
  });

  test.each([
    ["/api/@evil.example", "https://api.internal.example/v1/@evil.example"],
    ["/api/:80@evil.example/", "https://api.internal.example/v1/:80@evil.example/"],
    ["/api/https:/evil.example", "https://api.internal.example/v1/https:/evil.example"],
    ["/api/x%3Fadmin=1%23y", "https://api.internal.example/v1/x%3Fadmin%3D1%23y".replace("%3D", "=")],
    ["/api?next=//evil.example&a=%2F", "https://api.internal.example/v1?next=//evil.example&a=%2F"],
    ["/@evil.example", "https://web.internal.example/site/@evil.example"],
  ])("PX-02 %s stays a path of the upstream", (path, target) => {
    expect(leads(`https://app.example${path}`)).toBe(target);
  });

  test("PX-02 whatever is asked for, the origin is the configured one, and so is the base", () => {
    const piece = fc.oneof(
      fc.webPath(),
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(
        "//",
        "/..",
        "%2e%2e/",
        "\\",
        "@",
        ":443",
        "https://evil.example",
        "%2f",
        "%25",
        "?",
        "#",
        ".",
        "é",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.constantFrom("", "/api", "/api/projects"), (pieces, prefix) => {
        const text = `https://app.example${prefix}/${pieces.join("")}`;
        if (!URL.canParse(text) || new URL(text).host !== "app.example") return;
        const target = leads(text);
        if (target === null) return;
        const { origin, pathname, search } = new URL(target);
        const wanted = routeOf(routes, canonicalPath(text) ?? "");
        expect(origin).toBe(wanted?.origin);
        expect(`${pathname}/`.startsWith(`${wanted?.base}/`)).toBe(true);
        expect(search).toBe(new URL(text).search);
        // Read once more it is the same path: nobody behind us sees another one.
        const shown = canonicalPath(target)?.slice(wanted?.base.length) ?? "";
        expect(`${wanted?.prefix}${shown}`.replace(/\/$/, "")).toBe((canonicalPath(text) ?? "").replace(/\/$/, ""));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["/api", "https://api.internal.example/v1"],
    ["/api/", "https://api.internal.example/v1/"],
    ["/api/users/a%20b/?q=1", "https://api.internal.example/v1/users/a%20b/?q=1"],
    ["/api/users/ada@example.com:x+y", "https://api.internal.example/v1/users/ada@example.com:x+y"],
    ["/api/%7Euser/%C3%A9", "https://api.internal.example/v1/~user/%C3%A9"],
    ["/api/projects/7", "https://projects.internal.example/7"],
    ["/api/projectsX", "https://api.internal.example/v1/projectsX"],
    ["/", "https://web.internal.example/site/"],
    ["/API/x", "https://web.internal.example/site/API/x"],
  ])("%s goes to %s", (path, target) => {
    expect(leads(`https://app.example${path}`)).toBe(target);
  });
});

describe("where a redirect of the upstream leads", () => {
  const [, api] = routes;
  const target = new URL("https://api.internal.example/v1/a/b");
  const to = (location: string, resolved = api): string | null =>
    resolved ? locationFor(resolved, location, target) : null;

  test.each([
    "/admin",
    "../../v2",
    "https://api.internal.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://",
  ])("PX-03 %s is shown to no visitor", (location) => {
    expect(to(location)).toBeNull();
  });

  test("PX-03 a path that begins like another host is none of ours", () => {
    const root = resolveRoutes([{ prefix: "/", to: "https://api.internal.example/v1" }])[0];
    expect(to("/v1//evil.example", root)).toBeNull();
  });

  test.each([
    ["c?x=1#y", "/api/a/c?x=1#y"],
    ["/v1", "/api"],
    ["https://api.internal.example/v1/c", "/api/c"],
    ["https://files.example/signed?x=1", "https://files.example/signed?x=1"],
  ])("%s becomes %s", (location, shown) => {
    expect(to(location)).toBe(shown);
  });
});
