import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientName, isRegistered, redirectUriProblems } from "./redirect-uris.js";

const REGISTERED = [
  "http://127.0.0.1/callback",
  "http://[::1]/callback",
  "com.example.app:/callback",
  "https://app.example.org/signed-in",
];

/** What a list without normalisation must not let through, whatever some parser makes of it. */
const ELSEWHERE = [
  "",
  "/callback",
  "//evil.example/callback",
  "http://127.0.0.1/callback/",
  "http://127.0.0.1/callback?x=1",
  "http://127.0.0.1/callback#x",
  "http://127.0.0.1/callback/../other",
  "http://127.0.0.1/%63allback",
  "http://127.0.0.1:80@evil.example/callback",
  "http://127.0.0.1:1.evil.example/callback",
  "http://127.0.0.1:99999/callback",
  "http://127.0.0.1:0/callback",
  "http://127.0.0.1:080/callback",
  "http://127.0.0.1:/callback",
  "http://127.0.0.1:8080:9090/callback",
  "http://127.0.0.1.evil.example/callback",
  "http://127.0.0.1:8080\\@evil.example/callback",
  "http://127.0.0.1:8080\r\nLocation:/callback",
  "http://127.1/callback",
  "http://2130706433/callback",
  "http://0.0.0.0/callback",
  "http://localhost/callback",
  "http://localhost:8080/callback",
  "http://[::]/callback",
  "http://[0:0:0:0:0:0:0:1]/callback",
  "https://127.0.0.1/callback",
  "HTTP://127.0.0.1/callback",
  "http://user@127.0.0.1/callback",
  " http://127.0.0.1/callback",
  "http://127.0.0.1/callback ",
  "com.example.app:/callback2",
  "com.example.app://callback",
  "com.example.app:/callback?code=x",
  "COM.EXAMPLE.APP:/callback",
  "com.example.app.evil:/callback",
  "javascript:alert(1)",
  "data:text/html,x",
  "https://app.example.org/signed-in/",
  "https://app.example.org:443/signed-in",
  "https://app.example.org./signed-in",
  "https://app.example.org@evil.example/signed-in",
  "https://evil.example/signed-in",
  "https://app.example.org/signed-in/..%2fx",
];

describe("MB-08 where a program's sign-in goes back to", () => {
  test.each(ELSEWHERE)("MB-08 not to %j", (asked) => {
    expect(isRegistered(REGISTERED, asked)).toBe(false);
  });

  test("MB-08 nothing else than the list and its loopback addresses at a port", () => {
    const text = fc.oneof(fc.webUrl(), fc.string(), fc.constantFrom(...REGISTERED, ...ELSEWHERE));
    fc.assert(
      fc.property(text, fc.string({ maxLength: 4 }), fc.nat(), (address, more, at) => {
        const asked = address.slice(0, at % (address.length + 1)) + more + address.slice(at % (address.length + 1));
        const isFine = isRegistered(REGISTERED, asked);
        const plain = asked.replace(/^http:\/\/(127\.0\.0\.1|\[::1\]):[1-9][0-9]*\//, "http://$1/");
        if (isFine) expect(REGISTERED).toContain(plain);
      }),
    );
  });

  test("a loopback address matches at every port, others exactly", () => {
    for (const asked of [...REGISTERED, "http://127.0.0.1:1/callback", "http://[::1]:65535/callback"]) {
      expect(isRegistered(REGISTERED, asked)).toBe(true);
    }
    expect(isRegistered(["http://127.0.0.1/callback"], "http://[::1]:8080/callback")).toBe(false);
  });
});

describe("the list itself", () => {
  test.each([
    ["http://localhost/callback", /127\.0\.0\.1 or \[::1\]/],
    ["http://localhost:8080/callback", /127\.0\.0\.1 or \[::1\]/],
    ["http://127.0.0.1:8080/callback", /without a port/],
    ["http://127.0.0.1", /loopback/],
    ["http://127.0.0.1/a/../b", /loopback/],
    ["http://app.example.org/callback", /loopback/],
    ["https://app.example.org", /loopback/],
    ["https://user@app.example.org/x", /loopback/],
    ["https://app.example.org/x?y=1", /without a query/],
    ["https://app.example.org/x#y", /without a query/],
    ["myapp:/callback", /with a dot/],
    ["javascript:alert(1)", /with a dot/],
    ["com.example.app:callback", /with a dot/],
    ["com.example.app:/call back", /without a query/],
    ['com.example.app:/"', /without a query/],
    [`com.example.app:/${"x".repeat(512)}`, /at most 512/],
    [7, /at most 512/],
  ])("refuses %j", (uri, words) => {
    const problems = redirectUriProblems([uri, "com.example.fine:/x"]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(words);
  });

  test.each([[undefined], [[]], ["http://127.0.0.1/callback"]])("needs entries: %j", (list) => {
    expect(redirectUriProblems(list)).toHaveLength(1);
  });

  test("takes the three kinds of RFC 8252, and can name each", () => {
    expect(redirectUriProblems([...REGISTERED, "com.example.app://callback"])).toEqual([]);
    expect(REGISTERED.map(clientName)).toEqual([
      "a program on this computer",
      "a program on this computer",
      "the app com.example.app",
      "the app of app.example.org",
    ]);
  });
});
