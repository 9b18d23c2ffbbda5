import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problemsOf } from "../../../test/problems.js";
import { createSecurityHeaders, type SecurityHeadersOptions } from "./security-headers.js";

const NONCE = "AAAAAAAAAAAAAAAAAAAAAA";
const PAGE_TYPE = { "Content-Type": "text/html; charset=utf-8" };

function shown(response: Response): Record<string, string> {
  return Object.fromEntries(response.headers);
}

function policyOf(options: SecurityHeadersOptions, nonce?: string): string | null {
  const headers = createSecurityHeaders(options);
  return headers.apply(new Response(), nonce === undefined ? {} : { nonce }).headers.get("Content-Security-Policy");
}

/** As: what JavaScript passes has no types. */
const refused = (options: unknown) => problemsOf(() => createSecurityHeaders(options as SecurityHeadersOptions));

describe("what would let somebody in", () => {
  test.each([
    "'unsafe-inline'",
    "'unsafe-eval'",
    "'unsafe-hashes'",
    "*",
    "https:",
    "http:",
    "HTTPS:",
    "data:",
    "blob:",
    "https://*",
    "https://*:443",
    "*:*",
  ])("%s is no source of scripts", (source) => {
    for (const directive of ["script-src", "script-src-elem", "script-src-attr", "default-src", "object-src"]) {
      expect(refused({ preset: "page", csp: { [directive]: [source] } })).toEqual([
        `\`csp["${directive}"]\`: ${JSON.stringify(source)} lets anybody in; a page that cannot do without sends a Content-Security-Policy of its own.`,
      ]);
    }
  });

  test.each([
    "https://cdn.example.com; script-src *",
    "https://cdn.example.com;",
    "https://cdn.example.com, default-src *",
    "https://cdn.example.com https://evil.example",
    "https://cdn.example.com\r\nSet-Cookie: a=b",
    "https://cdn.example.com\n",
    "https://cdn.example.com/a?b",
    "https://cdn.example.com/a#b",
    "https://user@cdn.example.com",
    "https://bücher.example",
    "https://cdn.*.example.com",
    "//cdn.example.com",
    "javascript",
    "",
    " ",
    "'sha256-'",
    "'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk='",
    "'unsafe-everything'",
    "'self",
    "'",
    "''",
  ])("%j is refused as a source", (source) => {
    const problems = refused({ csp: { "img-src": [source] } });
    // One word is a host that a browser could ask.
    expect(problems).toHaveLength(source === "javascript" ? 0 : 1);
  });

  test("a nonce in the configuration is none, and keywords without quotes are hosts", () => {
    expect(refused({ csp: { "script-src": [`'nonce-${NONCE}'`], "style-src": ["self", "unsafe-inline"] } })).toEqual([
      `\`csp["script-src"]\`: "'nonce-${NONCE}'" is the same for every answer; pass \`nonce()\` to \`apply\`.`,
      '`csp["style-src"]`: "self" is a host; the keyword is written "\'self\'".',
      '`csp["style-src"]`: "unsafe-inline" is a host; the keyword is written "\'unsafe-inline\'".',
    ]);
  });

  test.each([
    "",
    "short",
    `${NONCE}' 'unsafe-inline`,
    `${NONCE}; script-src *`,
    `${NONCE}\r\n`,
    `${NONCE},`,
    "a".repeat(129),
  ])("%j is refused as a nonce", (nonce) => {
    const page = createSecurityHeaders({ preset: "page" });
    expect(() => page.apply(new Response(), { nonce })).toThrow("`nonce` must be a text that `nonce()` gave");
  });

  test("whatever passes as a source stays one source of one directive", () => {
    const directive = fc.constantFrom("img-src", "script-src", "connect-src", "frame-ancestors", "style-src");
    const source = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."*'abnosef-:/.;, \t\r\n0123456789%?#=+") }),
      fc.webUrl(),
      fc.domain(),
    );
    fc.assert(
      fc.property(directive, fc.array(source, { minLength: 1, maxLength: 3 }), (name, sources) => {
        const options = { preset: "page", csp: { [name]: sources } } as const;
        fc.pre(refused(options).length === 0);
        const policy = policyOf(options, NONCE) ?? "";
        const directives = policy.split(";").map((text) => text.trim().split(" "));
        expect(policy).not.toMatch(/[,\r\n\t]/);
        expect(directives.map(([first]) => first).sort()).toEqual([...new Set([...PAGE_DIRECTIVES, name])].sort());
        expect(directives.find(([first]) => first === name)).toEqual(expect.arrayContaining([...sources]));
      }),
    );
  });
});

const PAGE_DIRECTIVES = [
  "default-src",
  "script-src",
  "style-src",
  "img-src",
  "object-src",
  "base-uri",
  "form-action",
  "frame-ancestors",
];

describe("CF-01 configuration", () => {
  test.each([[null], ["page"], [[]]])("options that are none are refused: %j", (options) => {
    expect(refused(options)).toEqual(["`createSecurityHeaders` takes an object of options, or none."]);
  });

  test("names every problem at once", () => {
    const csp = {
      "image-src": ["https://cdn.example.com"],
      "img-src": "https://cdn.example.com",
      "font-src": [],
      "connect-src": ["'none'", "'self'"],
      "upgrade-insecure-requests": ["1"],
      sandbox: ["allow everything"],
      "media-src": [7],
    };
    const hsts = { maxAgeSeconds: -1, includeSubdomains: true, preload: true };
    expect(refused({ preset: "pages", csp, hsts, nonce: true })).toEqual([
      "`createSecurityHeaders` has no option `nonce`; it has preset, csp, hsts.",
      '`preset` must be "api" or "page".',
      '`csp["image-src"]` is no directive of CSP Level 3.',
      '`csp["img-src"]` must be a list of texts.',
      '`csp["font-src"]` is empty; write ["\'none\'"] to allow nothing.',
      '`csp["connect-src"]`: "\'none\'" stands alone.',
      '`csp["upgrade-insecure-requests"]` takes no value; write [].',
      '`csp["sandbox"]`: "allow everything" is no value of this directive.',
      '`csp["media-src"]` must be a list of texts.',
      "`hsts` has no option `includeSubdomains`; it has maxAgeSeconds, includeSubDomains, preload.",
      "`hsts.maxAgeSeconds` must be a whole number of seconds, 0 or more.",
      "`hsts.preload` needs `includeSubDomains` and at least one year: the lists take nobody else.",
    ]);
  });

  test.each([
    [{ csp: true }, "`csp` must be an object of directives, or `false`."],
    [{ csp: [] }, "`csp` must be an object of directives, or `false`."],
    [{ hsts: "max-age=0" }, "`hsts` must be an object, or `false`."],
    [{ preset: "__proto__" }, '`preset` must be "api" or "page".'],
    [{ csp: { constructor: ["x"] } }, '`csp["constructor"]` is no directive of CSP Level 3.'],
  ])("%j", (options, problem) => {
    expect(refused(options)).toEqual([problem]);
  });
});

describe("which answers", () => {
  const page = createSecurityHeaders({ preset: "page" });

  test("what a handler says itself stays, header by header", () => {
    const own = {
      "Content-Security-Policy": "default-src 'self' 'unsafe-inline'",
      "Permissions-Policy": "camera=(self)",
      "Strict-Transport-Security": "max-age=0",
    };
    const answer = page.apply(new Response("", { headers: own }), { nonce: NONCE });
    expect(shown(answer)).toMatchObject({
      "content-security-policy": own["Content-Security-Policy"],
      "permissions-policy": own["Permissions-Policy"],
      "strict-transport-security": own["Strict-Transport-Security"],
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  });

  test("a policy that only reports is no policy: ours stands beside it", () => {
    const reporting = new Response("", { headers: { "Content-Security-Policy-Report-Only": "default-src 'self'" } });
    const { headers } = page.apply(reporting);
    expect(headers.get("Content-Security-Policy")).toContain("default-src 'self'; script-src 'self'");
    expect(headers.get("Content-Security-Policy-Report-Only")).toBe("default-src 'self'");
  });

  test("PX-06 with `replace`, what somebody else's answer brings of these headers is dropped", () => {
    const foreign = new Response(null, {
      headers: {
        "Content-Security-Policy": "default-src *",
        "Content-Security-Policy-Report-Only": "default-src 'none'; report-uri https://other.example/r",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
        "X-Frame-Options": "ALLOWALL",
        "Cross-Origin-Opener-Policy": "unsafe-none",
        "X-Other": "kept",
      },
    });
    const bare = createSecurityHeaders({ csp: false, hsts: false });
    expect(shown(bare.apply(foreign, { replace: true }))).toEqual({
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "x-other": "kept",
    });
  });

  test("answers that cannot be changed are copied, with status, headers and body", async () => {
    const api = createSecurityHeaders();
    const redirect = api.apply(Response.redirect("https://app.example.com/b", 303));
    expect([redirect.status, redirect.headers.get("Location")]).toEqual([303, "https://app.example.com/b"]);
    expect(redirect.headers.get("X-Content-Type-Options")).toBe("nosniff");
    const given = new Response("body", { status: 418, headers: { "Set-Cookie": "a=1", "X-Own": "kept" } });
    given.headers.append("Set-Cookie", "b=2");
    const answer = api.apply(given);
    expect(answer).not.toBe(given);
    expect(answer.status).toBe(418);
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(answer.headers.get("X-Own")).toBe("kept");
    expect(await answer.text()).toBe("body");
    expect(given.headers.has("X-Content-Type-Options")).toBe(false);
  });

  test("that a handler keeps is never changed, a copy of ours neither", () => {
    const given = new Response(null, { status: 204 });
    const copy = page.apply(given);
    expect(given.headers.has("X-Content-Type-Options")).toBe(false);
    createSecurityHeaders().apply(copy, { replace: true });
    expect(copy.headers.get("Referrer-Policy")).toBe("same-origin");
  });

  test("a body passes as it comes", async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(new TextEncoder().encode(String(pulled)));
        },
      },
      { highWaterMark: 0 },
    );
    const reader = page.apply(new Response(body)).body?.getReader();
    expect(pulled).toBe(0);
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("1");
    await reader?.cancel();
  });

  test.each([204, 205, 301, 401, 404, 500, 503])("%i has them, too", (status) => {
    const answer = createSecurityHeaders().apply(new Response(null, { status }));
    expect(answer.status).toBe(status);
    expect(answer.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
  });

  test("a 304 and a network error come back untouched: a page in the cache keeps the policy of its own nonce", () => {
    for (const response of [new Response(null, { status: 304, headers: { ETag: '"1"' } }), Response.error()]) {
      const before = shown(response);
      expect(page.apply(response, { nonce: NONCE })).toBe(response);
      expect(shown(response)).toEqual(before);
    }
  });

  test("an upgrade comes back itself: a copy would lose its socket", () => {
    // No runtime but workerd makes a response of this status.
    const upgrade = Object.defineProperty(new Response(null), "status", { value: 101 });
    expect(page.apply(upgrade, { nonce: NONCE, replace: true })).toBe(upgrade);
    expect(shown(upgrade)).toEqual({});
  });

  test("applied twice, nothing changes", () => {
    const once = page.apply(new Response("", { headers: PAGE_TYPE }), { nonce: NONCE });
    expect(shown(page.apply(once))).toEqual(shown(once));
  });
});

describe("the presets", () => {
  test("`api`, the default, allows nothing", () => {
    expect(shown(createSecurityHeaders().apply(new Response(null)))).toEqual({
      "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "strict-transport-security": "max-age=31536000",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  });

  test("`page` runs what bears the nonce", () => {
    const page = createSecurityHeaders({ preset: "page" });
    expect(shown(page.apply(new Response(null), { nonce: NONCE }))).toEqual({
      "content-security-policy": `default-src 'self'; script-src 'nonce-${NONCE}' 'strict-dynamic'; style-src 'self' 'nonce-${NONCE}'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
      "referrer-policy": "same-origin",
      "strict-transport-security": "max-age=31536000",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  });

  test("`page` without a nonce runs files of its own origin alone", () => {
    expect(policyOf({ preset: "page" })).toBe(
      "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
  });

  test("nonces are 128 bits of base64url, fresh each time", () => {
    const { nonce } = createSecurityHeaders({ preset: "page" });
    const nonces = Array.from({ length: 1_000 }, () => nonce());
    for (const text of nonces) expect(text).toMatch(/^[\w-]{22}$/);
    expect(new Set(nonces).size).toBe(1_000);
  });
});

describe("additions", () => {
  function directive(options: SecurityHeadersOptions, name: string, nonce?: string): string | undefined {
    const found = policyOf(options, nonce)?.split("; ");
    return found?.find((text) => text === name || text.startsWith(`${name} `));
  }

  test.each<readonly [string, "api" | "page", string, readonly string[], string]>([
    [
      "a CDN joins the preset's own",
      "page",
      "img-src",
      ["https://cdn.example.com"],
      "img-src 'self' data: https://cdn.example.com",
    ],
    ["what is said already is said once", "page", "img-src", ["data:", "'self'"], "img-src 'self' data:"],
    [
      "what was inherited stays",
      "page",
      "font-src",
      ["https://fonts.example.com"],
      "font-src 'self' https://fonts.example.com",
    ],
    [
      "what was inherited twice, too",
      "page",
      "style-src-elem",
      ["https://c.example"],
      "style-src-elem 'self' https://c.example",
    ],
    ["nothing gives way to something", "page", "object-src", ["'self'"], "object-src 'self'"],
    ["an API may fetch", "api", "connect-src", ["https://api.example.com"], "connect-src https://api.example.com"],
    ["'none' takes away", "page", "form-action", ["'none'"], "form-action 'none'"],
    ["attributes of style may be set", "page", "style-src-attr", ["'unsafe-inline'"], "style-src-attr 'unsafe-inline'"],
    ["WebAssembly", "page", "script-src", ["'wasm-unsafe-eval'"], "script-src 'self' 'wasm-unsafe-eval'"],
    ["workers out of a blob", "page", "worker-src", ["blob:"], "worker-src 'self' blob:"],
    [
      "sockets",
      "page",
      "connect-src",
      ["wss://live.example.com:8443/ws"],
      "connect-src 'self' wss://live.example.com:8443/ws",
    ],
    ["all hosts below one", "page", "img-src", ["https://*.example.com"], "img-src 'self' data: https://*.example.com"],
    ["reports", "page", "report-to", ["csp"], "report-to csp"],
    ["upgrades", "page", "upgrade-insecure-requests", [], "upgrade-insecure-requests"],
    ["trusted types", "page", "require-trusted-types-for", ["'script'"], "require-trusted-types-for 'script'"],
  ])("%s", (_what, preset, name, values, expected) => {
    expect(directive({ preset, csp: { [name]: values } }, name)).toBe(expected);
  });

  test("a style sheet's nonce gives way to 'unsafe-inline', which browsers do not look at beside one", () => {
    const options = { preset: "page", csp: { "style-src": ["'unsafe-inline'"] } } as const;
    expect(directive(options, "style-src", NONCE)).toBe("style-src 'self' 'unsafe-inline'");
    expect(directive(options, "script-src", NONCE)).toBe(`script-src 'nonce-${NONCE}' 'strict-dynamic'`);
  });

  test("hashes of inline scripts stand beside the nonce", () => {
    const hash = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";
    const options = { preset: "page", csp: { "script-src": [hash] } } as const;
    expect(directive(options, "script-src", NONCE)).toBe(`script-src 'nonce-${NONCE}' 'strict-dynamic' ${hash}`);
  });

  test.each<readonly [SecurityHeadersOptions, string | null]>([
    [{ csp: { "frame-ancestors": ["'self'"] } }, "SAMEORIGIN"],
    [{ csp: { "frame-ancestors": ["https://portal.example.com"] } }, null],
    [{ csp: false }, "DENY"],
  ])("%j: X-Frame-Options says the same as the policy, or nothing", (options, expected) => {
    expect(createSecurityHeaders(options).apply(new Response()).headers.get("X-Frame-Options")).toBe(expected);
  });

  test.each<readonly [SecurityHeadersOptions["hsts"] & object, string]>([
    [{ maxAgeSeconds: 0 }, "max-age=0"],
    [{ includeSubDomains: true }, "max-age=31536000; includeSubDomains"],
    [
      { maxAgeSeconds: 63_072_000, includeSubDomains: true, preload: true },
      "max-age=63072000; includeSubDomains; preload",
    ],
  ])("hsts %j", (hsts, expected) => {
    const { headers } = createSecurityHeaders({ hsts }).apply(new Response());
    expect(headers.get("Strict-Transport-Security")).toBe(expected);
  });

  test("`false` turns a header off", () => {
    const { headers } = createSecurityHeaders({ csp: false, hsts: false }).apply(new Response());
    expect(headers.has("Content-Security-Policy")).toBe(false);
    expect(headers.has("Strict-Transport-Security")).toBe(false);
  });
});
