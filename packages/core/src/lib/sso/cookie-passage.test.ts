import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AuthHost } from "./auth-proxy-options.js";
import { createCookiePassage } from "./cookie-passage.js";

const passage = (rule: Partial<AuthHost> = {}) =>
  createCookiePassage({ upstream: "https://idp.example", paths: ["/*"], cookies: ["DS", "DSR"], ...rule });

function sent(cookie: string, rule: Partial<AuthHost> = {}): string | null {
  const headers = new Headers({ Cookie: cookie });
  passage(rule).toUpstream(headers);
  return headers.get("Cookie");
}

/** As a browser reads it (RFC 6265bis §5.6): the pair up to the first `;`, then attributes, the last of a name counts. */
function asBrowser(line: string) {
  const [pair = "", ...parts] = line.split(";");
  const attributes = parts.map((part) => {
    const [name = "", ...value] = part.split("=");
    return [name.trim().toLowerCase(), value.join("=").trim()] as const;
  });
  const [name = ""] = pair.split("=");
  return { name: name.trim(), attributes: new Map(attributes) };
}

describe("what the browser is told to keep", () => {
  test.each([
    ["DS=a.b.c; Domain=idp.example; Path=/", "DS=a.b.c; Path=/; Secure"],
    ["DS=x; domain=.example; DOMAIN=evil.example; Path=/", "DS=x; Path=/; Secure"],
    [
      "DSR=x; Path=/v1; HttpOnly; Secure; SameSite=Strict; Max-Age=60; Domain=idp.example",
      "DSR=x; Max-Age=60; Path=/v1; HttpOnly; Secure; SameSite=Strict",
    ],
    ['DS="a%20b,c=d"; Path=/; Priority=High; X-New=1', 'DS="a%20b,c=d"; Path=/; Secure'],
    [
      "DS=; Max-Age=-1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
      "DS=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure",
    ],
    ["DS=x; Max-Age=99999999999999999999; Path=relative", "DS=x; Max-Age=34560000; Secure"],
    ["DS=x; SameSite=None; Partitioned", "DS=x; Secure; Partitioned; SameSite=None"],
  ])("PX-05 %s becomes %s", (line, expected) => {
    expect(passage().toBrowser(line)).toBe(expected);
  });

  test.each([
    "__Host-session=planted; Path=/",
    "__Host-edgeseal-flow-1=planted",
    "ds=other",
    "DS ; Path=/",
    "=DS=nameless",
    "tracker=1",
    "DS=a b",
    "",
  ])("PX-06 %s does not pass", (line) => {
    expect(passage().toBrowser(line)).toBeNull();
  });

  test("`sameSite` and `cookiePath` of the rule count, not those of the provider", () => {
    const line = passage({ sameSite: "lax", cookiePath: "/" }).toBrowser("DS=x; Path=/v1; SameSite=None");
    expect(line).toBe("DS=x; Path=/; Secure; SameSite=Lax");
  });

  test("`hostPrefix` gives names that no other host can set, with all they ask for", () => {
    const { toBrowser } = passage({ cookies: ["DS", "__Secure-x", "__host-Y"], hostPrefix: true });
    expect(toBrowser("DS=x; Domain=idp.example; Path=/v1")).toBe("__Host-DS=x; Path=/; Secure");
    expect(toBrowser("__Secure-x=1; Path=/v1")).toBe("__Secure-x=1; Path=/v1; Secure");
    expect(toBrowser("__host-Y=1; Path=/v1")).toBe("__host-Y=1; Path=/; Secure");
  });

  test("PX-05 whatever the provider sends, the cookie is an allowed one, for our host alone and over TLS alone", () => {
    const attribute = fc.oneof(
      fc.constantFrom(
        "Domain=idp.example",
        "domain=.example",
        "Domain",
        "Domain=",
        "DoMaIn = x",
        "Path=/a",
        "Path=//b",
      ),
      fc.constantFrom(
        "Secure=0",
        "HttpOnly",
        "SameSite=Whatever",
        "Max-Age=1e9",
        "Expires=never",
        "Expires=-1",
        "Partitioned",
      ),
      fc.string({ unit: "grapheme-ascii" }),
    );
    const name = fc.oneof(fc.constantFrom("DS", "DSR", "__Host-session", "ds", " DS", "DS\t"), fc.string());
    const lines = fc.tuple(name, fc.string(), fc.array(attribute)).map(([key, value, rest]) => {
      return [`${key}=${value}`, ...rest].join(";");
    });
    const rules = fc.record({ hostPrefix: fc.boolean(), sameSite: fc.constantFrom("lax", "strict", "none") });
    fc.assert(
      fc.property(fc.oneof(lines, fc.string()), rules, (line, rule) => {
        // As: the generator's type is wider than the option's.
        const own = passage(rule as Partial<AuthHost>).toBrowser(line);
        if (own === null) return;
        const kept = asBrowser(own);
        expect(rule.hostPrefix ? ["__Host-DS", "__Host-DSR"] : ["DS", "DSR"]).toContain(kept.name);
        expect(kept.attributes.has("domain")).toBe(false);
        expect(kept.attributes.get("secure")).toBe("");
        expect(kept.attributes.get("path")?.startsWith("/") ?? true).toBe(true);
        if (rule.hostPrefix) expect(kept.attributes.get("path")).toBe("/");
        expect(own).not.toMatch(/[\0\r\n]/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("what the provider is sent", () => {
  test("PX-05 its own cookies alone, neither ours nor those of the app", () => {
    expect(sent("__Host-session=es1.x; DS=1; theme=dark; __Host-edgeseal-flow-1=y; DSR=2")).toBe("DS=1; DSR=2");
    expect(sent("__Host-session=es1.x; theme=dark")).toBeNull();
    expect(sent("DS=1", { cookies: [] })).toBeNull();
  });

  test("PX-05 a cookie that a second line of the request put behind a comma stays here", () => {
    expect(sent("DS=1, __Host-session=es1.x")).toBe("DS=1");
    expect(sent("theme=dark, DS=1; DSR=2,theme=dark; x=y")).toBe("DSR=2");
    expect(sent('DS="a,b"')).toBe('DS="a,b"');
  });

  test("a cookie without a name is none of the provider's", () => {
    expect(sent("DS; =DS; DSR=1")).toBe("DSR=1");
  });

  test("with `hostPrefix` only the ones that this host set, under the provider's names", () => {
    expect(sent("DS=tossed; __Host-DS=1; __Host-DSR=a=b", { hostPrefix: true })).toBe("DS=1; DSR=a=b");
  });

  test("what was set comes back as it was", () => {
    const value = fc.string({ unit: fc.constantFrom(...'abcXYZ019+/=._-%"') });
    fc.assert(
      fc.property(value, fc.boolean(), (text, hostPrefix) => {
        const line = passage({ hostPrefix }).toBrowser(`DSR=${text}; Domain=idp.example`) ?? "";
        expect(sent(line.split(";")[0] ?? "", { hostPrefix })).toBe(`DSR=${text}`);
      }),
    );
  });
});
