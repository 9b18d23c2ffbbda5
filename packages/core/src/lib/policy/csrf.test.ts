import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problemsOf } from "../../../test/problems.js";
import { type Csrf, type CsrfOptions, createCsrf } from "./csrf.js";
import { createOrigins } from "./origins.js";
import type { Refusal } from "./refusal.js";

type Named = Readonly<Record<string, string>>;

const own = "https://app.example.com";
const admin = "https://admin.example.com";
const scripted = { "X-Requested-With": "XMLHttpRequest" };
const cookie = { Cookie: "__Host-session=x" };
/** What a browser says of a call by `fetch` and of a form, from a page of the same origin. */
const byFetch = { "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" };
const byForm = { "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };

const csrf = createCsrf();
const withAdmin = createCsrf({ origins: createOrigins({ allow: [admin] }) });

/** A method is any token a client likes; runtimes differ in which they let a `Request` be made with. */
function request(method: string, headers: Named): Request {
  const made = new Request(`${own}/api/projects`, { headers: { ...cookie, ...headers } });
  return Object.defineProperty(made, "method", { value: method });
}

const check = async (wall: Csrf, method: string, headers: Named) => wall.check(request(method, headers), "cookie");

async function expectDenied(refused: Refusal | null, detail: string): Promise<void> {
  expect([refused?.reason, refused?.detail]).toEqual(["csrf", detail]);
  const answer = refused!.deny();
  expect(answer.status).toBe(403);
  expect(await answer.text()).toBe('{"error":"csrf"}');
  expect(answer.headers.get("Set-Cookie")).toBeNull();
  expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
}

describe("what changes something must come from our own origin", () => {
  test.each(["POST", "PUT", "PATCH", "DELETE"])("CS-01 a %s of another site is refused", async (method) => {
    for (const site of ["cross-site", "same-site", "none", "", "Same-Origin", "same-origin, cross-site"]) {
      await expectDenied(await check(csrf, method, { ...scripted, "Sec-Fetch-Site": site }), "origin_missing");
      const named = { ...scripted, "Sec-Fetch-Site": site, Origin: "https://evil.example" };
      await expectDenied(await check(csrf, method, named), "origin_foreign");
    }
  });

  test("CS-01 an Origin of our own does not speak against Fetch Metadata", async () => {
    const headers = { ...scripted, "Sec-Fetch-Site": "cross-site", Origin: own };
    await expectDenied(await check(csrf, "POST", headers), "origin_foreign");
    await expectDenied(await check(withAdmin, "POST", headers), "origin_foreign");
  });

  test.each([
    "https://evil.example",
    "null",
    "",
    "not an origin",
    `${own}, https://evil.example`,
    `${own}, ${own}`,
    `${own} https://evil.example`,
    `${own}/`,
    "https://APP.example.com",
    `${own}:443`,
    `${own}:8443`,
    "http://app.example.com",
    `${own}.evil.example`,
    `${own}@evil.example`,
    "https://example.com",
    "https://x.app.example.com",
  ])("CS-03 without Fetch Metadata the Origin %j is refused", async (Origin) => {
    await expectDenied(await check(csrf, "POST", { ...scripted, Origin }), "origin_foreign");
    await expectDenied(await check(withAdmin, "POST", { ...scripted, Origin }), "origin_foreign");
  });

  test("CS-03 of two Origin headers none counts", async () => {
    const doubled = request("POST", { ...scripted, Origin: own });
    doubled.headers.append("Origin", own);
    await expectDenied(await csrf.check(doubled, "cookie"), "origin_foreign");
  });

  test("CS-03 no text but our own origin passes", async () => {
    const pieces = ["https://", "app", ".", "example", "com", "evil", "@", ":", "/", "%2e", "443", "null", ", ", "A"];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 9 }), async (parts) => {
        const Origin = parts.join("").trim();
        const refused = await check(withAdmin, "POST", { ...scripted, Origin });
        expect(refused === null).toBe(Origin === own || Origin === admin);
      }),
      { numRuns: 500 },
    );
  });

  test("CS-04 a request that says nothing of where it came from is refused", async () => {
    await expectDenied(await check(csrf, "POST", scripted), "origin_missing");
    await expectDenied(await check(csrf, "POST", { ...scripted, Referer: `${own}/` }), "origin_missing");
    await expectDenied(
      await check(csrf, "POST", { ...scripted, "X-Forwarded-Host": "app.example.com" }),
      "origin_missing",
    );
  });

  test.each([
    ["POST", "GET"],
    ["post", "GET"],
    ["patch", "GET"],
    ["get", "GET"],
    ["head", "GET"],
    ["BREW", "GET"],
    ["PROPFIND", "GET"],
    ["", "GET"],
    ["DELETE", "OPTIONS"],
  ])("CS-07 %j is unsafe, whatever an override says", async (method, override) => {
    const headers = { ...scripted, "X-HTTP-Method-Override": override, "X-Method-Override": override };
    await expectDenied(
      await check(csrf, method, { ...headers, "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }),
      "origin_foreign",
    );
  });

  test("CS-07 an override does not make a safe request unsafe either: the real method counts", async () => {
    const headers = { ...scripted, "X-HTTP-Method-Override": "DELETE", "Sec-Fetch-Site": "cross-site" };
    expect(await check(csrf, "GET", headers)).toBeNull();
    expect(await check(csrf, "HEAD", headers)).toBeNull();
    expect(await check(csrf, "OPTIONS", headers)).toBeNull();
  });

  test.each<Named>([
    { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" },
    { "Sec-Fetch-Site": "same-site", Origin: "https://x.example.com" },
    { Origin: "https://evil.example" },
    { Origin: "null" },
    {},
  ])("CS-10 a WebSocket of another site is refused: %j", async (headers) => {
    const refused = await check(csrf, "GET", { ...headers, Upgrade: "websocket", Connection: "Upgrade" });
    await expectDenied(refused, "Origin" in headers ? "origin_foreign" : "origin_missing");
  });

  test("CS-10 a WebSocket of our own pages, or of an allowed origin, can bear no header and needs none", async () => {
    const Upgrade = "WebSocket";
    expect(await check(csrf, "GET", { Upgrade, Origin: own })).toBeNull();
    const byBrowser = { "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "websocket", "Sec-Fetch-Dest": "empty" };
    expect(await check(csrf, "GET", { Upgrade, Origin: own, ...byBrowser })).toBeNull();
    expect(await check(withAdmin, "GET", { Upgrade, Origin: admin, "Sec-Fetch-Site": "same-site" })).toBeNull();
  });
});

describe("an API call must carry the header", () => {
  const types = [
    "text/plain",
    "",
    "Application/X-WWW-Form-UrlEncoded",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json;,text/plain",
    "application/json",
  ];

  test.each(types)("CS-05 a body of type %j from our own origin", async (type) => {
    const body = { ...byFetch, Origin: own, "Content-Type": type };
    await expectDenied(await check(csrf, "POST", body), "header_missing");
    await expectDenied(await check(csrf, "POST", { Origin: own, "Content-Type": type }), "header_missing");
    await expectDenied(await check(csrf, "POST", { ...body, "X-Requested-With": "" }), "header_missing");
    expect(await check(csrf, "POST", { ...body, "X-Requested-With": "anything" })).toBeNull();
  });

  test.each(types)("CS-05 a body of type %j from another site, even with the header", async (type) => {
    const headers = { ...scripted, "Content-Type": type, Origin: "https://evil.example" };
    await expectDenied(await check(csrf, "POST", headers), "origin_foreign");
  });

  test("CS-05 a form of our own pages needs no header, also where a browser or a service worker hides that it is one", async () => {
    const form = { "Content-Type": "application/x-www-form-urlencoded", Origin: own };
    expect(await check(csrf, "POST", { ...form, ...byForm })).toBeNull();
    const Accept = "text/html,application/xhtml+xml,*/*;q=0.8";
    expect(await check(csrf, "POST", { ...form, Accept })).toBeNull();
    expect(await check(csrf, "POST", { ...form, ...byFetch, "Sec-Fetch-Mode": "same-origin", Accept })).toBeNull();
  });

  test("CS-05 a form of another site is refused for where it comes from", async () => {
    const form = { ...byForm, "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" };
    await expectDenied(await check(csrf, "POST", form), "origin_foreign");
  });

  test.each(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "BREW"])(
    "CS-06 a %s without it is refused, with any value it goes on",
    async (method) => {
      await expectDenied(await check(csrf, method, byFetch), "header_missing");
      await expectDenied(await check(csrf, method, { ...byFetch, Accept: "application/json" }), "header_missing");
      await expectDenied(await check(csrf, method, { ...byFetch, "X-Requested-With": "  " }), "header_missing");
      expect(await check(csrf, method, { ...byFetch, "x-requested-with": "1" })).toBeNull();
    },
  );

  test("CS-06 a request that says nothing of itself counts as an API call", async () => {
    await expectDenied(await check(csrf, "GET", {}), "header_missing");
    await expectDenied(await check(csrf, "GET", { Accept: "*/*" }), "header_missing");
  });

  test("CS-06 a script of another site cannot pass for a service worker of ours", async () => {
    const noCors = { ...byFetch, "Sec-Fetch-Mode": "no-cors" };
    for (const site of ["cross-site", "same-site"]) {
      await expectDenied(await check(csrf, "GET", { ...noCors, "Sec-Fetch-Site": site }), "header_missing");
      const asking = { ...byFetch, "Sec-Fetch-Site": site, Accept: "text/html" };
      await expectDenied(await check(csrf, "GET", asking), "header_missing");
    }
  });

  test.each<[string, Named]>([
    ["a link of another site", { ...byForm, "Sec-Fetch-Site": "cross-site" }],
    ["an address typed in", { ...byForm, "Sec-Fetch-Site": "none" }],
    ["a page load of an older browser", { Accept: "text/html,application/xhtml+xml" }],
    ["a page load through a service worker", { ...byFetch, "Sec-Fetch-Mode": "same-origin", Accept: "text/html" }],
    ["a frame", { ...byForm, "Sec-Fetch-Dest": "iframe" }],
    ["an image", { ...byFetch, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" }],
    ["an image through a service worker", { ...byFetch, "Sec-Fetch-Mode": "no-cors", Accept: "image/*" }],
    ["a module", { ...byFetch, "Sec-Fetch-Dest": "script" }],
    ["a style sheet", { ...byFetch, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "style" }],
    ["a font", { ...byFetch, "Sec-Fetch-Dest": "font" }],
    ["a worker", { ...byFetch, "Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "worker" }],
    ["an event stream", { ...byFetch, Accept: "text/event-stream" }],
  ])("CS-06 %s cannot carry one and is not stopped", async (_what, headers) => {
    expect(await check(csrf, "GET", headers)).toBeNull();
  });

  test("CS-06 a report that the browser writes itself is not stopped, a beacon is", async () => {
    const report = { ...byFetch, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "report", Origin: own };
    expect(await check(csrf, "POST", report)).toBeNull();
    const beacon = { ...byFetch, "Sec-Fetch-Mode": "no-cors", Origin: own };
    await expectDenied(await check(csrf, "POST", beacon), "header_missing");
  });

  test("CS-06 the header has another name, or is not asked for", async () => {
    const named = createCsrf({ header: "X-Csrf" });
    await expectDenied(await check(named, "GET", { ...byFetch, ...scripted }), "header_missing");
    expect(await check(named, "GET", { ...byFetch, "x-csrf": "1" })).toBeNull();
    const off = createCsrf({ header: false });
    expect(await check(off, "GET", byFetch)).toBeNull();
    expect(await check(off, "POST", byFetch)).toBeNull();
    await expectDenied(await check(off, "POST", { Origin: "https://evil.example" }), "origin_foreign");
  });
});

describe("other origins that are allowed", () => {
  test("they pass with Fetch Metadata and without, and need the header like everybody", async () => {
    for (const site of ["same-site", "cross-site"]) {
      const headers = { ...byFetch, "Sec-Fetch-Site": site, Origin: admin };
      expect(await check(withAdmin, "POST", { ...headers, ...scripted })).toBeNull();
      await expectDenied(await check(withAdmin, "POST", headers), "header_missing");
    }
    expect(await check(withAdmin, "POST", { Origin: admin, ...scripted })).toBeNull();
    await expectDenied(await check(csrf, "POST", { Origin: admin, ...scripted }), "origin_foreign");
  });

  test("CS-15 a preview that production does not name is a stranger", async () => {
    const Origin = "https://pr-1.preview.example.com";
    await expectDenied(
      await check(withAdmin, "POST", { Origin, "Sec-Fetch-Site": "same-site", ...scripted }),
      "origin_foreign",
    );
  });

  test("an answer that comes later is waited for", async () => {
    const slow = (allows: boolean) => createCsrf({ origins: { allows: async () => allows } });
    expect(await check(slow(true), "POST", { Origin: admin, ...scripted })).toBeNull();
    await expectDenied(await check(slow(true), "POST", { Origin: admin }), "header_missing");
    await expectDenied(await check(slow(false), "POST", { Origin: admin, ...scripted }), "origin_foreign");
  });
});

describe("the credential that was used decides", () => {
  test("a token in a header, or nothing, is no browser's doing", () => {
    const foreign = request("POST", { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" });
    expect(csrf.check(foreign, "header")).toBeNull();
    expect(csrf.check(foreign, "none")).toBeNull();
    expect(csrf.check(foreign, "cookie")).not.toBeNull();
  });

  test("what is said of it is not guessed: anything else counts as a cookie", () => {
    // As from JavaScript.
    expect(csrf.check(request("POST", {}), undefined as unknown as "cookie")).not.toBeNull();
  });
});

describe("what is configured wrongly is told at once", () => {
  /** As: what JavaScript passes has no types. */
  const refused = (options: unknown) => problemsOf(() => createCsrf(options as CsrfOptions));

  test.each([
    "",
    " ",
    "X Csrf",
    "X-Csrf:",
    "é",
    "Accept",
    "accept-language",
    "Content-Type",
    "Cookie",
    "Origin",
    "Range",
  ])("%j proves nothing as a header", (header) => {
    expect(refused({ header })).toEqual([expect.stringMatching(/^`header` must name/)]);
  });

  test("every problem, in one error", () => {
    expect(refused({ header: true, origins: [own], orgins: 1 })).toHaveLength(3);
    expect(refused(null)).toHaveLength(1);
    expect(refused({})).toEqual([]);
    expect(refused({ header: "X-Csrf" })).toEqual([]);
  });
});
