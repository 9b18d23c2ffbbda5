import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problemsOf } from "../../../test/problems.js";
import { createOrigins, type OriginsOptions } from "./origins.js";

/** As from JavaScript or an environment variable: anything. */
/** As: what JavaScript passes has no types. */
const refused = (options: unknown) => problemsOf(() => createOrigins(options as OriginsOptions));

const allowing = (...allow: `https://${string}`[]) => createOrigins({ allow });
const app = "https://app.example.com";
const previews = "https://pr-{n}.preview.example.com";

/** Spellings that some comparison, parser or proxy somewhere takes for `https://app.example.com`. */
const HOSTILE = [
  "",
  "null",
  "undefined",
  "*",
  "https://",
  "https:",
  "app.example.com",
  "//app.example.com",
  "https:/app.example.com",
  "https:app.example.com",
  "https:\\\\app.example.com",
  "https:///app.example.com",
  "http://app.example.com",
  "ws://app.example.com",
  "wss://app.example.com",
  "ftp://app.example.com",
  "file://app.example.com",
  "blob:https://app.example.com",
  "data:https://app.example.com",
  "javascript:https://app.example.com",
  "chrome-extension://app.example.com",
  "capacitor://app.example.com",
  "httpss://app.example.com",
  "xhttps://app.example.com",
  "HTTPS://app.example.com",
  "Https://app.example.com",
  "https://APP.example.com",
  "https://app.EXAMPLE.com",
  "https://app.example.COM",
  "https://app.example.com/",
  "https://app.example.com//",
  "https://app.example.com/path",
  "https://app.example.com/.",
  "https://app.example.com?",
  "https://app.example.com?x=1",
  "https://app.example.com#",
  "https://app.example.com#x",
  "https://app.example.com\\",
  "https://app.example.com;",
  "https://app.example.com,",
  "https://app.example.com:",
  "https://app.example.com:443",
  "https://app.example.com:0443",
  "https://app.example.com:80",
  "https://app.example.com:8443",
  "https://app.example.com:@evil.example",
  "https://app.example.com:x",
  "https://app.example.com.",
  "https://app.example.com..",
  "https://.app.example.com",
  "https://app..example.com",
  "https://app.example.com.evil.com",
  "https://app.example.com.evil.com.",
  "https://app.example.com-evil.com",
  "https://app.example.comevil.com",
  "https://app.example.com@evil.com",
  "https://evil.com@app.example.com",
  "https://user:pass@app.example.com",
  "https://@app.example.com",
  "https://:@app.example.com",
  "https://evil.com/https://app.example.com",
  "https://evil.com?https://app.example.com",
  "https://evil.com#https://app.example.com",
  "https://evil.com\\app.example.com",
  "https://evil.com\\.app.example.com",
  "https://evil.com%2eapp.example.com",
  "https://evil-app.example.com",
  "https://evilapp.example.com",
  "https://xapp.example.com",
  "https://evil.app.example.com",
  "https://app-example.com",
  "https://appXexample.com",
  "https://app.exampleXcom",
  "https://app.example.co",
  "https://app.example.com.au",
  "https://pp.example.com",
  "https://example.com",
  "https://www.example.com",
  "https://app%2eexample.com",
  "https://app%2Eexample.com",
  "https://%61pp.example.com",
  "https://app.example.com%00",
  "https://app.example.com%00.evil.com",
  "https://app.example.com%0d%0a",
  "https://app.example.com%20",
  "https://app.example.com%23.evil.com",
  "https://app.example.com%2f.evil.com",
  "https://app.example.com%40evil.com",
  "https://app.example.com\0",
  "https://app.example.com\0.evil.com",
  "https://app.example.com\t",
  "https://app.exa\tmple.com",
  "\thttps://app.example.com",
  "https://app.example.com\n",
  "https://app.example.com\r\nX: y",
  "ht\ntps://app.example.com",
  "https://app.exam\nple.com",
  " https://app.example.com",
  "https://app.example.com ",
  "https:// app.example.com",
  "https://app .example.com",
  "https://app.example.com https://evil.com",
  "https://app.example.com, https://evil.com",
  "https://evil.com, https://app.example.com",
  "https://app.example.com,https://app.example.com",
  "https://app.example.com;https://evil.com",
  "https://app。example。com",
  "https://app.example．com",
  "https://app.example｡com",
  "https://ａpp.example.com",
  "https://аpp.example.com",
  "https://xn--pp-8cd.example.com",
  "https://app.example.com\u200b",
  "https://a\u00adpp.example.com",
  "https://app.ex\u200dample.com",
  "https://app.example.com\u202e",
  "https://app.examp\u217ae.com",
  "https://app\u2024example\u2024com",
  "https://app.example.com\ufeff",
  "https://[app.example.com]",
  "https://app!.example.com",
  "https://app$.example.com",
  "https://app`.example.com",
  "https://app{}.example.com",
  "https://app+.example.com",
  "https://_.app.example.com",
  "https://app_example.com",
  "'https://app.example.com'",
  '"https://app.example.com"',
  "<https://app.example.com>",
  "https://app.example.com\\@evil.com",
  "https://app.example.com\\.evil.com",
  "https://app.example.com|.evil.com",
  "https://app.example.com~.evil.com",
  "https://app.example.com=.evil.com",
  "https://app.example.com^.evil.com",
];

/** The same against a pattern, and what only a pattern can get wrong. */
const HOSTILE_PREVIEWS = [
  ...HOSTILE,
  "https://preview.example.com",
  "https://pr-.preview.example.com",
  "https://pr.preview.example.com",
  "https://xpr-1.preview.example.com",
  "https://-pr-1.preview.example.com",
  "https://x.pr-1.preview.example.com",
  "https://pr-1.x.preview.example.com",
  "https://pr-1..preview.example.com",
  "https://pr-1.preview.example.com.",
  "https://pr-1.preview.example.com.evil.com",
  "https://pr-1.previewxexample.com",
  "https://pr-1.preview.example.com:443",
  "https://pr-1.preview.example.com:8443",
  "https://pr-1.preview.example.com/",
  "https://pr-1.preview.example.com@evil.com",
  "https://evil.com@pr-1.preview.example.com",
  "https://pr-1@preview.example.com",
  "https://pr-1/.preview.example.com",
  "https://pr-evil.com/.preview.example.com",
  "https://pr-evil.com?.preview.example.com",
  "https://pr-evil.com#.preview.example.com",
  "https://pr-1\\.preview.example.com",
  "https://pr-1:2.preview.example.com",
  "https://pr-1%2e.preview.example.com",
  "https://pr-1_.preview.example.com",
  "https://pr-1A.preview.example.com",
  "https://PR-1.preview.example.com",
  "https://pr-1 .preview.example.com",
  "https://pr-1\n.preview.example.com",
  "https://pr-1.preview.example.com\n",
  "https://pr-1\0.preview.example.com",
  "https://pr-é.preview.example.com",
  "https://pr-١.preview.example.com",
  "https://pr-{n}.preview.example.com",
  "https://pr-*.preview.example.com",
  `https://pr-${"1".repeat(61)}.preview.example.com`,
  `https://pr-${"1".repeat(10_000)}.preview.example.com`,
  `https://pr-1.preview.example.com${".preview.example.com".repeat(5_000)}`,
  `https://${"pr-".repeat(5_000)}.preview.example.com`,
  "http://pr-1.preview.example.com",
];

describe("CS-12 an origin is compared as a whole, byte by byte", () => {
  test("CS-12 there are more than a hundred spellings", () => {
    expect(new Set(HOSTILE).size).toBe(HOSTILE.length);
    expect(HOSTILE.length).toBeGreaterThanOrEqual(100);
  });

  test.each(HOSTILE)("CS-12 %j is not the app", (origin) => {
    expect(allowing(app).allows(origin)).toBe(false);
  });

  test.each(HOSTILE_PREVIEWS)("CS-12 %j is no preview", (origin) => {
    expect(allowing(previews).allows(origin)).toBe(false);
  });

  test("CS-12 no other text is the app", () => {
    const pieces = ["https://", "app", ".", "example", "com", "evil", "@", ":", "/", "%2e", "443", "\t", "-", "A"];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 9 }), (parts) => {
        const origin = parts.join("");
        expect(allowing(app).allows(origin)).toBe(origin === app);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("CS-14 patterns are no regular expressions", () => {
  const any = (problem: string) => [expect.stringContaining(problem)];

  test.each([
    "https://.*\\.example\\.com",
    "https://pr-\\d+.preview.example.com",
    "^https://pr-{n}.preview.example.com$",
    "/https:\\/\\/pr-{n}/g",
    "https://(a|b)-{n}.preview.example.com",
    "https://[a-z]-{n}.preview.example.com",
    "https://pr-{n}+.preview.example.com",
    "https://pr-{n}{m}.preview.example.com",
    "https://{a}-{b}.preview.example.com",
    "https://pr-{n.preview.example.com",
    "https://pr-n}.preview.example.com",
    "https://pr-{}.preview.example.com",
    "https://pr-{n:\\d+}.preview.example.com",
    "https://pr-{N}.preview.example.com",
    "https://PR-{n}.preview.example.com",
    "https://pr-{n}.preview.example.com/",
    "https://pr-{n}.preview.example.com/path",
    "https://pr-{n}.preview.example.com:8443",
    "https://pr-1.preview.example.com:{port}",
    "https://{n}@preview.example.com",
    "https://user@{n}.preview.example.com",
    "https://pr-{n}..example.com",
    "https://.{n}.example.com",
    "https://{n}.preview.example.com.",
    "https://{n}.-preview.example.com",
    "https://{n}.pre_view.example.com",
    "https://{n}.bücher.example",
    `https://${"a".repeat(63)}{n}.preview.example.com`,
  ])("CS-14 refuses the pattern %j", (pattern) => {
    expect(refused({ allow: [pattern] })).toHaveLength(1);
    expect(refused({ allow: [pattern] })[0]).toMatch(/^`allow\[0\]` (?:must be|is a wildcard)/);
  });

  test("CS-14 a pattern must be https", () => {
    expect(refused({ allow: ["http://pr-{n}.preview.example.com"] })).toEqual(any("must begin with `https://`"));
    expect(refused({ allow: ["{scheme}://preview.example.com"] })).toEqual(any("must begin with `https://`"));
    expect(refused({ allow: [/^https:/g] })).toEqual(["`allow[0]` must be a text."]);
  });

  test("CS-14 one origin is judged alike however often it is asked for", () => {
    const origins = allowing(previews);
    for (let time = 0; time < 5; time++) {
      expect(origins.allows("https://pr-1.preview.example.com")).toBe(true);
      expect(origins.allows("https://pr-1.evil.example.com")).toBe(false);
    }
  });

  test("CS-14 a placeholder stands for 1 to 63 of a-z, 0-9 and -, within one label", () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,60}$/);
    fc.assert(
      fc.property(label, (n) => {
        expect(allowing(previews).allows(`https://pr-${n}.preview.example.com`)).toBe(true);
        expect(allowing("https://{branch}.preview.example.com").allows(`https://${n}.preview.example.com`)).toBe(true);
      }),
    );
    expect(allowing("https://{n}.preview.example.com").allows(`https://${"a".repeat(63)}.preview.example.com`)).toBe(
      true,
    );
    expect(allowing("https://{n}.preview.example.com").allows(`https://${"a".repeat(64)}.preview.example.com`)).toBe(
      false,
    );
  });

  test("CS-14 whatever a pattern allows is an origin in canonical form, of as many labels", () => {
    const unit = fc.constantFrom("a", "1", "-", ".", "/", "@", ":", "%", "\\", "?", "#", "A", "_", "é", "\0", "{", "*");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 8 }), (n) => {
        const origin = `https://pr-${n}.preview.example.com`;
        if (allowing(previews).allows(origin) === false) return;
        expect(new URL(origin).origin).toBe(origin);
        expect(origin.split(".")).toHaveLength(4);
      }),
      { numRuns: 2000 },
    );
  });

  test("placeholders may stand in several labels, before and after other text", () => {
    const origins = allowing("https://{branch}-web.{team}.preview.example.com");
    expect(origins.allows("https://fix-1-web.red.preview.example.com")).toBe(true);
    expect(origins.allows("https://-web.red.preview.example.com")).toBe(false);
    expect(origins.allows("https://fix-1-web..preview.example.com")).toBe(false);
    expect(origins.allows("https://fix-1.red.preview.example.com")).toBe(false);
  });
});

describe("CS-13 no pattern where anybody can get a name", () => {
  test.each([
    "https://deploy-{n}.vercel.app",
    "https://{n}.pages.dev",
    "https://{n}.my-app.pages.dev",
    "https://{n}.workers.dev",
    "https://web.{account}.workers.dev",
    "https://{n}.netlify.app",
    "https://{n}.github.io",
    "https://{n}.herokuapp.com",
    "https://{n}.web.app",
    "https://{n}.firebaseapp.com",
    "https://{n}.azurewebsites.net",
    "https://{n}.cloudfront.net",
    "https://{n}.s3.eu-west-1.amazonaws.com",
    "https://{n}.onrender.com",
    "https://{n}.fly.dev",
    "https://{n}.deno.dev",
    "https://{n}.surge.sh",
    "https://{n}.glitch.me",
    "https://{n}.repl.co",
    "https://{n}.ngrok.io",
    "https://{n}.ngrok-free.app",
    "https://{n}.trycloudflare.com",
    "https://{n}.com",
    "https://{n}.dev",
    "https://{n}.co.uk",
    "https://{n}.com.au",
    "https://{n}.or.jp",
    "https://app.{n}",
    "https://app.example.{tld}",
    "https://{n}",
  ])("CS-13 refuses %s", (pattern) => {
    expect(refused({ allow: [pattern] })).toEqual([expect.stringContaining("(shared_suffix)")]);
  });

  test.each([
    "https://{n}.example.com",
    "https://{n}.example.co.uk",
    "https://{n}.preview.example.com",
    "https://{n}.myvercel.app",
    "https://my-app.vercel.app",
    "https://my-app.pages.dev",
  ])("CS-13 takes %s, which has one owner", (entry) => {
    expect(refused({ allow: [entry] })).toEqual([]);
  });
});

test("CS-15 to a production that names its own origins alone a preview is a stranger, and so it is the other way round", () => {
  const preview = "https://pr-1.preview.example.com";
  expect(allowing(app).allows(preview)).toBe(false);
  expect(allowing(previews).allows(preview)).toBe(true);
  expect(allowing(previews).allows(app)).toBe(false);
});

describe("what is configured wrongly is told at once", () => {
  test("CS-11 wildcards are refused by name", () => {
    const problems = refused({ allow: ["*", "https://*.example.com", "https://*"] });
    expect(problems).toHaveLength(3);
    expect(problems.every((problem) => problem.includes("(wildcard_with_credentials)"))).toBe(true);
  });

  test.each([
    ["https://app.example.com/", 'never matches; write "https://app.example.com".'],
    ["https://APP.example.com", 'never matches; write "https://app.example.com".'],
    ["https://bücher.example", 'never matches; write "https://xn--bcher-kva.example".'],
    ["https://app.example.com/path?x", 'never matches; write "https://app.example.com".'],
    ["https://app.example.com:8443", "must have no port, and no dot at its end."],
    ["https://app.example.com.", "must have no port, and no dot at its end."],
    ["http://app.example.com", "must begin with `https://`; `http://localhost` belongs into `development`."],
    ["http://localhost:5173", "must begin with `https://`; `http://localhost` belongs into `development`."],
    ["app.example.com", "must be an origin such as `https://app.example.com`."],
    ["null", "must be an origin such as `https://app.example.com`."],
    ["", "must be an origin such as `https://app.example.com`."],
    ["https://app!.example.com", "must be an origin such as `https://app.example.com`."],
    ["blob:null/x", "must be an origin such as `https://app.example.com`."],
    [7, "must be a text."],
  ])("%j in `allow`", (entry, problem) => {
    expect(refused({ allow: [app, entry] })).toEqual([`\`allow[1]\` ${problem}`]);
  });

  test.each([
    "http://app.example.com",
    "https://localhost:5173",
    "http://localhost.evil.com",
    "http://10.0.0.1",
    "x",
    "",
  ])("%j in `development`", (entry) => {
    expect(refused({ allow: [], development: [entry] })).toEqual([
      "`development[0]` must be on a loopback host, such as `http://localhost:5173`; every other origin belongs into `allow`.",
    ]);
  });

  test("a password in an entry is not repeated", () => {
    const [problem] = refused({ allow: ["https://user:hunter2@app.example.com"] });
    expect(problem).toBe('`allow[0]` never matches; write "https://app.example.com".');
  });

  test("every problem, in one error", () => {
    const options = { allow: ["*", "x"], development: ["http://x"], registry: {}, now: 1, alow: [] };
    expect(refused(options)).toHaveLength(6);
    expect(refused({ allow: "https://app.example.com", development: 1 })).toHaveLength(2);
    expect(refused(null)).toHaveLength(1);
    expect(refused({})).toHaveLength(1);
  });
});

test("exact origins, and loopback ones with their port", () => {
  const origins = createOrigins({
    allow: [app, "https://admin.example.com"],
    development: ["http://localhost:5173", "http://localhost", "http://shop.localhost:8787", "http://127.0.0.1:3000"],
  });
  const allowed = [
    app,
    "https://admin.example.com",
    "http://localhost:5173",
    "http://localhost",
    "http://shop.localhost:8787",
    "http://127.0.0.1:3000",
  ];
  expect(allowed.every((origin) => origins.allows(origin))).toBe(true);
  expect(["http://localhost:5174", "https://localhost:5173", "http://127.0.0.1"].some((o) => origins.allows(o))).toBe(
    false,
  );
});
