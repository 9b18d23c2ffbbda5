import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCookieRemover, keepCookies } from "./own-cookies.js";

function removed(cookie: string, cookieName?: string | readonly string[]): string | null {
  const headers = new Headers({ Cookie: cookie });
  createCookieRemover(cookieName)(headers);
  return headers.get("Cookie");
}

describe("TH-10 our cookies on the way to a service", () => {
  test.each([
    "__Host-session=es1.abc",
    "__Secure-session=es1.abc",
    "__Host-session.0=2.abcdef.x; __Host-session.1=2.abcdef.y; __Host-session.2=z; __Host-session.3=z",
    "__Host-edgeseal-flow-abc=es1.x; __Host-edgeseal-pending=es1.y; __Host-edgeseal-round=1",
    " ;; \t__Host-session = es1.abc ; ",
    "__Host-session",
  ])("TH-10 %j leaves no Cookie header", (cookie) => {
    expect(removed(cookie)).toBeNull();
  });

  test("TH-10 the second of two Cookie lines, joined by a comma, is looked at", () => {
    expect(removed("theme=dark, __Host-session=es1.abc; lang=de")).toBe("theme=dark; lang=de");
  });

  test("TH-10 a name of one's own and one of an older layout", () => {
    expect(removed("__Host-app=es1.a; __Host-app.0=x; session=old; lang=de", ["__Host-app", "session"])).toBe(
      "lang=de",
    );
    expect(removed("__Host-app=es1.a; __Host-session=es1.b", "__Host-app")).toBeNull();
  });

  test("the app's own cookies stay as they came", () => {
    const cookies = 'a=1; b="x y"; __host-session=other; __Host-sessions=1; c==; d';
    expect(removed(cookies)).toBe(cookies);
    expect(removed("list=1,2,3")).toBe("list=1,2,3");
  });

  test("TH-10 whatever surrounds it, a session's text never stays", () => {
    const pair = fc.tuple(fc.stringMatching(/^[a-z]{1,5}$/), fc.stringMatching(/^[a-z0-9,= "]{0,8}$/));
    const own = fc.constantFrom("__Host-session", "__Secure-session.3", "__Host-edgeseal-flow-x");
    fc.assert(
      fc.property(fc.array(pair), own, fc.nat(), fc.constantFrom("; ", ";", ", "), (pairs, name, at, joint) => {
        const all = pairs.map(([key, value]) => `${key}=${value}`);
        all.splice(at % (all.length + 1), 0, `${name}=SECRET`);
        expect(removed(all.join(joint)) ?? "").not.toContain("SECRET");
      }),
    );
  });
});

test("only named cookies go on where names are given", () => {
  const headers = new Headers({ Cookie: "lang=de; theme=dark; lang2=x" });
  keepCookies(headers, ["lang"]);
  expect(headers.get("Cookie")).toBe("lang=de");
  keepCookies(headers, []);
  expect(headers.has("Cookie")).toBe(false);
});
