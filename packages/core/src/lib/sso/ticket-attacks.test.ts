import { describe, expect, test } from "vitest";
import { expectPage } from "../../../test/auth-kit.js";
import { BLOG, HUB, OPENED, SHOP, signedInTab, ssoWorld, Tab } from "../../../test/sso-kit.js";

/** Each of 100 redemptions at once, with all their cryptography; the 1,000 rounds stand beside `takeOver`. */
const ROUNDS = 10;
const SESSION = "__Host-session";
const last = ({ world }: Tab) => world.kit.events.at(-1);

function authorizeUrl(to: string, query: Record<string, string> = {}): string {
  const challenge = "A".repeat(43);
  return `${HUB}/auth/sso/authorize?${new URLSearchParams({ to, state: "state", challenge, ...query })}`;
}

describe("SS-01 a destination that is not registered gets no ticket", () => {
  test.each([
    "https://evil.example",
    "http://blog.example.org",
    "https://BLOG.example.org",
    "https://blog.example.org.",
    "https://blog.example.org/",
    "https://blog.example.org/path",
    "https://blog.example.org?x",
    "https://blog.example.org#x",
    "https://blog.example.org:443",
    "https://blog.example.org:8443",
    "https://user@blog.example.org",
    "https://blog.example.org@evil.example",
    "https://blog.example.org.evil.example",
    "https://evil-blog.example.org",
    "https://sub.blog.example.org",
    "https://example.org",
    "https://bl\u043eg.example.org",
    "https://xn--blg-8cd.example.org",
    "https://blog\u3002example.org",
    "https:blog.example.org",
    "//blog.example.org",
    "https:\\\\blog.example.org",
    " https://blog.example.org",
    "https://blog.example.org\t",
    "https://*.example.org",
    "javascript:alert(1)",
    "null",
    "",
  ])("%j", async (to) => {
    for (const silent of [{}, { prompt: "none", path: "/posts/1" }]) {
      const tab = await signedInTab();
      const response = await tab.send(authorizeUrl(to, silent));
      await expectPage(response, 400, "audience_unknown");
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(tab.world.kit.events.map(({ type, reason }) => [type, reason])).toEqual([
        ["login_failure", "audience_unknown"],
      ]);
      expect(tab.world.storage).toEqual([]);
    }
  });

  test("it is not told whether somebody is signed in", async () => {
    const answers = [await signedInTab(), new Tab(ssoWorld())].map(async (tab) =>
      (await tab.send(authorizeUrl("https://evil.example"))).text(),
    );
    const [signedIn, signedOut] = await Promise.all(answers);
    expect(signedIn).toBe(signedOut);
  });

  test.each<[string, Record<string, string>]>([
    ["no challenge", { challenge: "" }],
    ["a challenge of another length", { challenge: "AAAA" }],
    ["a challenge that is no base64url", { challenge: "=".repeat(43) }],
    ["no state", { state: "" }],
    ["a state with more in it", { state: "a&ticket=b" }],
    ["a state that is too long", { state: "a".repeat(65) }],
  ])("%s is no question: 400", async (_, query) => {
    const tab = await signedInTab();
    const response = await tab.send(authorizeUrl(BLOG, query));
    expect([response.status, await response.json()]).toEqual([400, { error: "invalid_request" }]);
  });

  test("a question said twice is none", async () => {
    const tab = await signedInTab();
    expect((await tab.send(`${authorizeUrl(BLOG)}&to=https://evil.example`)).status).toBe(400);
  });

  test.each([{ "Sec-Fetch-Dest": "iframe" }, { "Sec-Fetch-Dest": "image" }, { "Sec-Fetch-Mode": "cors" }])(
    "no frame, image or script is given one (%o)",
    async (headers) => {
      const tab = await signedInTab();
      const response = await tab.send(authorizeUrl(BLOG), { headers });
      expect(response.status).toBe(400);
      expect(response.headers.get("Location")).toBeNull();
    },
  );
});

describe("redeeming a ticket", () => {
  test("SS-02 of 100 parallel redemptions exactly one succeeds, and 99 are told that it was used", async () => {
    const tab = await signedInTab();
    let successes = 0;
    let refusals = 0;
    for (let round = 0; round < ROUNDS; round++) {
      tab.jar(BLOG).clear();
      const url = await tab.ticketUrl(BLOG);
      const asking = tab.request(url).headers.get("Cookie") ?? "";
      const answers = await Promise.all(
        Array.from({ length: 100 }, () =>
          tab.world.fetch(new Request(url, { headers: { Cookie: asking, Accept: "application/json" } })),
        ),
      );
      for (const answer of answers) {
        if (answer.status === 303) successes += 1;
        else if (answer.status === 400 && ((await answer.json()) as { error: string }).error === "ticket_used")
          refusals += 1;
      }
    }
    expect([successes, refusals]).toEqual([ROUNDS, ROUNDS * 99]);
  });

  test("SS-02 a ticket that was used is worthless afterwards", async () => {
    const tab = await signedInTab();
    const url = await tab.ticketUrl(BLOG);
    const asking = { Cookie: tab.request(url).headers.get("Cookie") ?? "", ...OPENED };
    expect((await tab.world.fetch(new Request(url, { headers: asking }))).status).toBe(303);
    const again = await tab.world.fetch(new Request(url, { headers: asking }));
    await expectPage(again, 400, "ticket_used");
    expect(again.headers.getSetCookie().join()).not.toContain(SESSION);
    expect(last(tab)).toMatchObject({ type: "login_failure", reason: "ticket_used" });
  });

  test("SS-03 a ticket for one destination is none at another, and is not spent by trying", async () => {
    const tab = await signedInTab();
    const url = await tab.ticketUrl(BLOG);
    const there = await tab.ticketUrl(SHOP);
    there.searchParams.set("ticket", url.searchParams.get("ticket") ?? "");
    tab.world.storage.length = 0;
    await expectPage(await tab.send(there), 400, "ticket_rejected");
    expect(tab.world.storage).toEqual([]);
    expect((await tab.send(url)).status).toBe(303);
  });

  test("SS-04 a ticket that somebody plants in another browser signs nobody in, and is not spent", async () => {
    const attacker = await signedInTab();
    const url = await attacker.ticketUrl(BLOG);
    const victim = new Tab(attacker.world);
    attacker.world.storage.length = 0;
    await expectPage(await victim.send(url), 400, "flow_cookie_missing");
    expect(victim.jar(BLOG).size).toBe(0);
    // In the middle of a sign-in of their own, too.
    const own = await victim.send(`${BLOG}/auth/login`);
    const state = new URL(own.headers.get("Location") ?? "").searchParams.get("state") ?? "";
    const planted = new URL(url);
    planted.searchParams.set("state", state);
    await expectPage(await victim.send(planted), 400, "ticket_rejected");
    expect(victim.jar(BLOG).has(SESSION)).toBe(false);
    expect(attacker.world.storage).toEqual([]);
    expect((await attacker.send(url)).status).toBe(303);
  });

  test.each([
    [60, 303],
    [64, 303],
    [65, 400],
    [-5, 303],
    [-6, 400],
    [-60, 400],
    [120, 400],
  ])("SS-05 %i seconds after it was made, by the destination's clock: %i", async (seconds, status) => {
    const tab = await signedInTab();
    const url = await tab.ticketUrl(BLOG);
    tab.world.kit.clock.now += seconds;
    const response = await tab.send(url);
    expect(response.status).toBe(status);
    if (status === 400) await expectPage(response, 400, "ticket_rejected");
  });

  test("SS-06 what carries a ticket is left at once, kept by nobody, and told to nobody", async () => {
    const tab = await signedInTab();
    const start = await tab.send(`${BLOG}/auth/login?returnTo=/posts/1?a=b`);
    const answer = await tab.send(start.headers.get("Location") ?? "");
    const arrived = await tab.send(answer.headers.get("Location") ?? "");
    expect([start.status, answer.status, arrived.status]).toEqual([302, 303, 303]);
    expect(arrived.headers.get("Location")).toBe("/posts/1?a=b");
    for (const response of [start, answer, arrived]) {
      expect(response.headers.get("Cache-Control")).toBe("private, no-store");
      expect(response.headers.get("Referrer-Policy")).toBe("no-referrer");
      expect(response.body).toBeNull();
    }
    await tab.world.kit.settle();
    const told = JSON.stringify(tab.world.kit.events);
    expect(told).not.toContain("es1.");
  });

  test.each([
    ["the hub", HUB],
    ["another destination", SHOP],
  ])("SS-07 a log-out on %s after the ticket was made: 400, and no session", async (_, at) => {
    const tab = await signedInTab();
    await tab.open(`${SHOP}/posts/1`);
    const url = await tab.ticketUrl(BLOG);
    await tab.send(`${at}/auth/logout`, { method: "POST", headers: { "Sec-Fetch-Site": "same-origin" } });
    await expectPage(await tab.send(url), 400, "ticket_rejected");
    expect(last(tab)).toMatchObject({ type: "login_failure", reason: "ticket_rejected", detail: "session_over" });
    expect(tab.jar(BLOG).has(SESSION)).toBe(false);
  });

  test("SS-07 who reads a page is not kept from it by a session that ended on the way", async () => {
    const tab = await signedInTab();
    const url = await tab.answerOf(await tab.send(`${BLOG}/posts/1`));
    await tab.send(`${HUB}/auth/logout`, { method: "POST", headers: { "Sec-Fetch-Site": "same-origin" } });
    const response = await tab.send(url);
    expect([response.status, response.headers.get("Location")]).toEqual([303, "/posts/1"]);
    expect(tab.jar(BLOG).has(SESSION)).toBe(false);
    expect((await tab.open(`${BLOG}/posts/1`)).way).toHaveLength(1);
  });

  test("any bit of a ticket that is another one makes it none", async () => {
    const tab = await signedInTab();
    const url = await tab.ticketUrl(BLOG);
    const asking = tab.request(url).headers.get("Cookie") ?? "";
    const ticket = url.searchParams.get("ticket") ?? "";
    for (let at = 0; at < ticket.length; at += 29) {
      const other = ticket[at] === "A" ? "B" : "A";
      const forged = new URL(url);
      forged.searchParams.set("ticket", ticket.slice(0, at) + other + ticket.slice(at + 1));
      const response = await tab.world.fetch(new Request(forged, { headers: { Cookie: asking } }));
      expect(response.status).toBe(400);
    }
  });
});

describe("outages", () => {
  test("a ledger that does not answer gives nobody a session and loses nobody a page", async () => {
    const hub = await signedInTab();
    const reading = await hub.answerOf(await hub.send(`${BLOG}/posts/1`));
    const signingIn = await hub.ticketUrl(BLOG, "/posts/2");
    hub.world.ledger.down = true;
    const read = await hub.send(reading);
    expect([read.status, read.headers.get("Location")]).toEqual([303, "/posts/1"]);
    const signed = await hub.send(signingIn);
    expect([signed.status, signed.headers.get("Retry-After")]).toEqual([503, "5"]);
    expect(hub.jar(BLOG).has(SESSION)).toBe(false);
  });

  test.each<[string, () => Promise<boolean>]>([
    ["throws", async () => Promise.reject(new Error("D1_ERROR"))],
    ["hangs", () => new Promise<boolean>(() => {})],
  ])("a look-up of destinations that %s is an outage, and no refusal", async (_, destinations) => {
    const tab = new Tab(ssoWorld({ destinations }));
    const response = await tab.send(authorizeUrl(BLOG));
    expect([response.status, await response.json()]).toEqual([503, { error: "unavailable" }]);
    expect(last(tab)).toMatchObject({ type: "store_unreachable", reason: "destinations" });
  });

  test("who the hub cannot tell about sees the page, and is asked about again a minute later", async () => {
    const tab = await signedInTab();
    tab.world.kit.answers.refresh = () => ({ ok: false, final: false });
    tab.world.kit.clock.now += 301;
    const { response, way } = await tab.open(`${BLOG}/posts/1`);
    expect(way).toHaveLength(4);
    expect(await response.json()).toMatchObject({ state: "anonymous" });
    expect(tab.jar(HUB).has(SESSION)).toBe(true);
  });
});
