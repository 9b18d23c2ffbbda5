import { describe, expect, test } from "vitest";
import { BLOG, HUB, SHOP, signedInTab, Tab } from "../../../test/sso-kit.js";

/** What was used against libraries that redirect: each is put in front of a foreign host, and what it means is up to the browser. */
const OPENINGS = [
  "//",
  "///",
  "////",
  "/\\",
  "\\\\",
  "\\/",
  "/\t/",
  "/\n/",
  "/%09/",
  "/%0a/",
  "/%2f",
  "/%2f%2f",
  "/%5c",
  "/%5c%5c",
  "%2f%2f",
  "/.//",
  "/..//",
  "/./\\",
  "/;//",
  "/?//",
  "/#//",
  "@",
  "/@",
  "//@",
  "https:",
  "http:",
  "https:/",
  "https://",
  "http://",
  "ftp://",
  "javascript://",
  "data:text/html,",
  "vbscript:",
  "blob:https://",
  "https:\\\\",
  "\u0000//",
  " //",
  "\t//",
  "\r\n//",
  "/\r\nLocation: https://",
  "//%40",
  "/\uFF0F",
  "/\u2215/",
  "//blog.example.org@",
  "//blog.example.org:443@",
  "https://blog.example.org@",
  "https://blog.example.org.",
  "/redirect?next=//",
  "/a?returnTo=https://",
  "?returnTo=//",
  "#//",
  "/&to=https://",
];
const HOSTS = [
  "evil.example",
  "evil.example/",
  "evil.example/posts/1",
  "evil.example%2f",
  "evil.example%00.blog.example.org",
  "evil.example#blog.example.org",
  "evil.example?blog.example.org",
  "evil.example\\@blog.example.org",
  "evil\u3002example",
  "blog.example.org.evil.example",
  "[::1]",
  "2130706433",
  "0x7f.1",
  "xn--blg-8cd.example.org",
  "user:pass@evil.example",
  "evil.example:443",
  "evil.example/%2e%2e",
  "evil.example/..;/",
  "EVIL.example",
  "%65vil.example",
  "a".repeat(1_100),
];
const PAYLOADS = OPENINGS.flatMap((opening) => HOSTS.map((host) => opening + host));

/** Where a browser goes from there; a header that cannot be written goes nowhere. */
function targetOf(response: Response, from: string): string | null {
  const location = response.headers.get("Location");
  return location === null ? null : new URL(location, from).origin;
}

describe(`RD-01, RD-02, RD-03 ${PAYLOADS.length} payloads`, () => {
  test("there are more than a thousand", () => expect(new Set(PAYLOADS).size).toBeGreaterThan(1_000));

  test("as returnTo of a silent question: back on the destination itself, whatever was asked for", async () => {
    const tab = await signedInTab();
    for (const payload of PAYLOADS) {
      tab.jar(BLOG).clear();
      const query = new URLSearchParams({ returnTo: payload });
      const start = await tab.send(`${BLOG}/auth/sso/start?${query}`);
      expect([payload, targetOf(start, BLOG)]).toEqual([payload, HUB]);
      const check = (await (await tab.send(`${BLOG}/auth/sso/check?${query}`)).json()) as { go: string | null };
      expect(new URL(check.go ?? "/", BLOG).origin).toBe(BLOG);
    }
    // A flood of one kind is one event and a count.
    expect(tab.world.kit.events.some(({ type }) => type === "return_to_rejected")).toBe(true);
  });

  test("as returnTo of a sign-in, followed to its end", async () => {
    const tab = await signedInTab();
    for (const payload of PAYLOADS.filter((_, at) => at % 5 === 0)) {
      tab.jar(BLOG).clear();
      const { way } = await tab.open(`${BLOG}/auth/login?${new URLSearchParams({ returnTo: payload })}`);
      expect([payload, way.map(({ origin }) => origin)]).toEqual([payload, [BLOG, HUB, BLOG, BLOG]]);
    }
  }, 30_000);

  test("as the path that comes back to a browser which keeps no cookie", async () => {
    const tab = await signedInTab();
    for (const payload of PAYLOADS) {
      const query = new URLSearchParams({ state: "AAAAAAAAAAAAAAAA", error: "login_required", path: payload });
      const response = await tab.send(`${BLOG}/auth/sso/callback?${query}`);
      expect([payload, targetOf(response, BLOG) ?? BLOG]).toEqual([payload, BLOG]);
      expect([303, 400]).toContain(response.status);
    }
  });

  test("as the destination itself: a page that says no, or one of our own hosts", async () => {
    const tab = await signedInTab();
    const own = [HUB, BLOG, SHOP];
    for (const payload of [
      ...PAYLOADS,
      ...own.flatMap((origin) => [`${origin}@evil.example`, `${origin}.evil.example`]),
    ]) {
      const query = new URLSearchParams({ to: payload, state: "s", challenge: "A".repeat(43) });
      const response = await tab.send(`${HUB}/auth/sso/authorize?${query}`);
      expect([payload, response.status, targetOf(response, HUB)]).toEqual([payload, 400, null]);
    }
  });

  test("as the path in a question: it comes back as a parameter, to the destination alone", async () => {
    const tab = new Tab((await signedInTab()).world);
    for (const payload of PAYLOADS) {
      const challenge = "A".repeat(43);
      const query = new URLSearchParams({ to: BLOG, state: "s", challenge, prompt: "none", path: payload });
      const response = await tab.send(`${HUB}/auth/sso/authorize?${query}`);
      expect([payload, targetOf(response, HUB)]).toEqual([payload, BLOG]);
      expect(new URL(response.headers.get("Location") ?? "").pathname).toBe("/auth/sso/callback");
    }
  });
});

test("RD-06 where to go back to is what lies sealed in the browser, and no parameter on the way", async () => {
  const tab = await signedInTab();
  const url = await tab.ticketUrl(BLOG, "/posts/7");
  for (const name of ["returnTo", "path", "return_to", "next"]) url.searchParams.set(name, "/elsewhere");
  expect((await tab.send(url)).headers.get("Location")).toBe("/posts/7");
});
