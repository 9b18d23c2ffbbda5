import { describe, expect, test } from "vitest";
import { BLOG, HUB, IDP, SHOP, signedInTab, ssoWorld, Tab } from "../../../test/sso-kit.js";

const SESSION = "__Host-session";
const MARKER = "__Host-edgeseal-sso-asked";
const types = ({ world }: Tab) => world.kit.events.map(({ type }) => type);
const stateOf = async (response: Response) => ((await response.json()) as { state: string }).state;
const places = (way: readonly URL[]) => way.map(({ origin, pathname }) => origin + pathname);
const LEAVING = { method: "POST", headers: { "Sec-Fetch-Site": "same-origin" } };

describe("a page of a destination", () => {
  test("somebody who is signed in at the hub is signed in here after one way there and back", async () => {
    const tab = await signedInTab();
    const { response, url, way } = await tab.open(`${BLOG}/posts/1?a=b`);
    expect(url.href).toBe(`${BLOG}/posts/1?a=b`);
    expect(places(way)).toEqual([
      `${BLOG}/posts/1`,
      `${HUB}/auth/sso/authorize`,
      `${BLOG}/auth/sso/callback`,
      `${BLOG}/posts/1`,
    ]);
    expect(await response.json()).toMatchObject({ state: "authenticated", user: { id: "user_1" } });
    expect(types(tab)).toEqual(["ticket_issued", "ticket_redeemed"]);
    expect([...tab.jar(BLOG).keys()].sort()).toEqual(["__Host-edgeseal-round", SESSION]);
    expect(tab.world.kit.calls.filter(({ method }) => method === "refresh")).toEqual([]);
  });

  test("with a warm session it redirects nobody and asks no storage", async () => {
    const tab = await signedInTab();
    await tab.open(`${BLOG}/posts/1`);
    tab.world.storage.length = 0;
    const { response, way } = await tab.open(`${BLOG}/posts/2`);
    expect(way).toHaveLength(1);
    expect(await stateOf(response)).toBe("authenticated");
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(tab.world.storage).toEqual([]);
  });

  test("somebody who is signed in nowhere is asked about once, and not again for ten minutes", async () => {
    const tab = new Tab(ssoWorld());
    const first = await tab.open(`${BLOG}/posts/1`);
    expect(first.way.map(({ origin }) => origin)).toEqual([BLOG, HUB, BLOG, BLOG]);
    expect(await stateOf(first.response)).toBe("anonymous");
    expect([...tab.jar(BLOG).keys()]).toEqual([MARKER]);
    expect((await tab.open(`${BLOG}/posts/2`)).way).toHaveLength(1);
    tab.jar(BLOG).delete(MARKER);
    expect((await tab.open(`${BLOG}/posts/2`)).way).toHaveLength(4);
    expect(tab.world.kit.calls).toEqual([]);
  });

  test.each<[string, RequestInit]>([
    ["a script", { headers: { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" } }],
    ["a frame", { headers: { "Sec-Fetch-Dest": "iframe" } }],
    ["a browser that does not say what it opens", { headers: { "Sec-Fetch-Mode": "", "Sec-Fetch-Dest": "" } }],
    ["a form", { method: "POST" }],
    ["HEAD", { method: "HEAD" }],
    ["a guess of the browser", { headers: { "Sec-Purpose": "prefetch;prerender" } }],
    ["Googlebot", { headers: { "User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" } }],
    ["a preview in a chat", { headers: { "User-Agent": "facebookexternalhit/1.1" } }],
  ])("%s is never sent to the hub", async (_, init) => {
    const tab = new Tab(ssoWorld());
    const response = await tab.send(`${BLOG}/posts/1`, init);
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test("pages that a cache may answer are never redirected, and ask from script", async () => {
    const tab = await signedInTab({ silent: { paths: ["/*"], except: ["/cached/*"] } });
    expect((await tab.open(`${BLOG}/cached/1`)).way).toHaveLength(1);
    const asked = await tab.send(`${BLOG}/auth/sso/check?returnTo=/cached/1`, {
      headers: { "Sec-Fetch-Mode": "cors" },
    });
    const { state, go } = (await asked.json()) as { state: string; go: string };
    expect({ state, go }).toEqual({ state: "anonymous", go: "/auth/sso/start?returnTo=%2Fcached%2F1" });
    const { url, response } = await tab.open(BLOG + go);
    expect(url.href).toBe(`${BLOG}/cached/1`);
    expect(await stateOf(response)).toBe("authenticated");
    const again = await tab.send(`${BLOG}/auth/sso/check?returnTo=/cached/1`);
    expect(await again.json()).toEqual({ state: "authenticated", go: null });
  });

  test("the script of a cached page is told to stay when the hub knows nobody", async () => {
    const tab = new Tab(ssoWorld({ silent: { paths: [] } }));
    await tab.open(`${BLOG}/auth/sso/start?returnTo=/cached/1`);
    const asked = await tab.send(`${BLOG}/auth/sso/check?returnTo=/cached/1`);
    expect(await asked.json()).toEqual({ state: "anonymous", go: null });
    expect((await tab.open(`${BLOG}/auth/sso/start?returnTo=/cached/1`)).way).toHaveLength(2);
  });

  test("a browser that keeps no cookie still gets every page, and goes in no circle", async () => {
    const tab = new Tab(ssoWorld());
    tab.blocked.add(BLOG);
    const { response, url, way } = await tab.open(`${BLOG}/posts/1?a=b`);
    expect(way).toHaveLength(4);
    expect(url.href).toBe(`${BLOG}/posts/1?a=b&edgeseal_sso=none`);
    expect(await stateOf(response)).toBe("anonymous");
    const check = await tab.send(`${BLOG}/auth/sso/check?returnTo=${encodeURIComponent(url.pathname + url.search)}`);
    expect(await check.json()).toEqual({ state: "anonymous", go: null });
  });

  test("a host that is registered nowhere asks nobody", async () => {
    const tab = await signedInTab();
    expect((await tab.open("https://preview.example.dev/posts/1")).way).toHaveLength(1);
  });

  test("the hub asks nobody about visitors of its own pages", async () => {
    const tab = new Tab(ssoWorld());
    expect((await tab.open(`${HUB}/posts/1`)).way).toHaveLength(1);
  });
});

describe("a sign-in that begins on a destination", () => {
  test("goes through the hub's own, and brings the person back to the page they wanted", async () => {
    const tab = new Tab(ssoWorld({ silent: { paths: ["/posts/*"] } }));
    const { response, url, way } = await tab.open(`${BLOG}/private?x=1`);
    expect(places(way)).toEqual([
      `${BLOG}/private`,
      `${BLOG}/auth/login`,
      `${HUB}/auth/sso/authorize`,
      `${HUB}/auth/login`,
      `${IDP}/authorize`,
      `${HUB}/auth/callback`,
      `${HUB}/auth/sso/authorize`,
      `${BLOG}/auth/sso/callback`,
      `${BLOG}/private`,
    ]);
    expect(url.search).toBe("?x=1");
    expect(await stateOf(response)).toBe("authenticated");
    expect(types(tab)).toEqual(["no_credential", "login_success", "ticket_issued", "ticket_redeemed"]);
    // Signed in at the hub meanwhile: the next host is one short round.
    expect((await tab.open(`${SHOP}/posts/1`)).way).toHaveLength(4);
  });

  test("a page that needs a recent sign-in gets one, and no circle", async () => {
    const tab = await signedInTab();
    const { kit } = tab.world;
    kit.answers.exchange = () => kit.tokens({ auth_time: kit.clock.now, org_id: "org_2" });
    const { way, url } = await tab.open(`${BLOG}/auth/login?maxAgeSeconds=300&organizationId=org_2&returnTo=/posts/1`);
    expect(places(way).filter((place) => place === `${IDP}/authorize`)).toHaveLength(1);
    expect(url.href).toBe(`${BLOG}/posts/1`);
    const [login] = kit.calls.filter(({ method }) => method === "authorizationUrl").slice(-1);
    expect(login?.input).toMatchObject({ maxAgeSeconds: 300, organizationId: "org_2" });
    const me = await tab.send(`${BLOG}/auth/me`);
    expect(await me.json()).toMatchObject({ state: "authenticated", organizationId: "org_2" });
    // It is recent now: no second sign-in.
    const next = await tab.open(`${SHOP}/auth/login?maxAgeSeconds=300&organizationId=org_2&returnTo=/posts/1`);
    expect(next.way).toHaveLength(4);
  });
});

describe("one session on many hosts", () => {
  test.each([
    ["the hub", HUB],
    ["a destination", BLOG],
  ])("a log-out on %s ends it on every other host at its next refresh", async (_, at) => {
    const tab = await signedInTab();
    await tab.open(`${BLOG}/posts/1`);
    await tab.open(`${SHOP}/posts/1`);
    expect((await tab.send(`${at}/auth/logout`, LEAVING)).status).toBe(303);
    await tab.world.kit.settle();
    tab.world.kit.clock.now += 300;
    for (const origin of [HUB, BLOG, SHOP]) {
      const me = await tab.send(`${origin}/auth/me`);
      expect(await me.json()).toEqual({ state: "anonymous" });
    }
    expect(tab.world.kit.calls.filter(({ method }) => method === "refresh")).toEqual([]);
  });

  test("a destination sends nobody to the provider with an address that the provider does not know", async () => {
    const tab = await signedInTab();
    await tab.open(`${BLOG}/posts/1`);
    const form = { "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded" };
    const out = await tab.send(`${BLOG}/auth/logout`, { method: "POST", headers: form, body: "returnTo=/bye" });
    expect(out.headers.get("Location")).toBe(`${IDP}/logout?sid=sid_1`);
  });

  test("after a log-out on a destination the hub's cookie, which does not know of it, signs nobody in again", async () => {
    const tab = await signedInTab();
    await tab.open(`${BLOG}/posts/1`);
    await tab.send(`${BLOG}/auth/logout`, LEAVING);
    const { response, way } = await tab.open(`${BLOG}/posts/1`);
    expect(way.map(({ origin }) => origin)).toEqual([BLOG, HUB, BLOG, BLOG]);
    expect(await stateOf(response)).toBe("anonymous");
    // The hub's cookie went on the way, and signing in there is a real one.
    expect(tab.jar(HUB).has(SESSION)).toBe(false);
    const login = await tab.open(`${BLOG}/auth/login?returnTo=/posts/1`);
    expect(places(login.way)).toContain(`${IDP}/authorize`);
  });

  test("no host's cookie outlives the hub's absolute end", async () => {
    const tab = await signedInTab({ auth: { lifetime: { absoluteSeconds: 3_600 } } });
    tab.world.kit.clock.now += 3_000;
    const arrived = await tab.send(await tab.ticketUrl(BLOG));
    const [line] = arrived.headers.getSetCookie();
    expect(line).toMatch(/^__Host-session=.*; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
    tab.world.kit.clock.now += 600;
    expect(await (await tab.send(`${BLOG}/auth/me`)).json()).toEqual({ state: "anonymous" });
  });

  test("hosts that slept through refreshes of others stay in, the hub too", async () => {
    const tab = await signedInTab();
    await tab.open(`${BLOG}/posts/1`);
    await tab.open(`${SHOP}/posts/1`);
    for (let round = 0; round < 6; round++) {
      tab.world.kit.clock.now += 301;
      expect(await stateOf(await tab.send(`${BLOG}/posts/1`))).toBe("authenticated");
    }
    for (const origin of [HUB, SHOP]) {
      expect(await stateOf(await tab.send(`${origin}/posts/1`))).toBe("authenticated");
    }
    expect(types(tab)).not.toContain("refresh_reuse");
    expect(tab.world.kit.calls.filter(({ method }) => method === "refresh")).toHaveLength(6);
  });

  test("who is active on one host does not grow idle there because another host has newer tokens", async () => {
    const tab = await signedInTab({ auth: { lifetime: { idleSeconds: 600 } } });
    const { kit } = tab.world;
    kit.answers.refresh = () => kit.tokens({ exp: kit.clock.now + 3_600 });
    await tab.open(`${BLOG}/posts/1`);
    kit.clock.now += 301;
    await tab.send(`${BLOG}/posts/1`);
    const renewed = await tab.send(`${HUB}/auth/refresh`, LEAVING);
    expect(renewed.status).toBe(200);
    kit.clock.now += 10;
    expect((await tab.send(`${HUB}/auth/refresh`, LEAVING)).status).toBe(200);
    expect(kit.calls.filter(({ method }) => method === "refresh")).toHaveLength(2);
    for (let round = 0; round < 10; round++) {
      kit.clock.now += 120;
      expect(await stateOf(await tab.send(`${BLOG}/posts/1`))).toBe("authenticated");
    }
  });

  test("SS-09 the cookie of one host opens on no other one, not even in an isolate that knows it", async () => {
    const tab = await signedInTab();
    await tab.open(`${BLOG}/posts/1`);
    await tab.open(`${SHOP}/posts/1`);
    const cookies = new Map([HUB, BLOG, SHOP].map((origin) => [origin, tab.jar(origin).get(SESSION) ?? ""]));
    for (const [from, value] of cookies) {
      for (const to of [HUB, BLOG, SHOP, `${BLOG}:8443`, "https://blog.example.org.", "http://blog.example.org"]) {
        const headers = { Cookie: `${SESSION}=${value}` };
        const response = await tab.world.fetch(new Request(`${to}/posts/1`, { headers }));
        expect([from, to, await stateOf(response)]).toEqual([from, to, from === to ? "authenticated" : "anonymous"]);
      }
    }
  });

  test("SS-09 a ticket is no session, and a session is no ticket", async () => {
    const tab = await signedInTab();
    const url = await tab.ticketUrl(BLOG);
    const headers = { Cookie: `${SESSION}=${url.searchParams.get("ticket")}` };
    for (const origin of [HUB, BLOG]) {
      const response = await tab.world.fetch(new Request(`${origin}/posts/1`, { headers }));
      expect(await stateOf(response)).toBe("anonymous");
      expect(tab.world.kit.events.at(-1)).toMatchObject({ type: "tampered" });
      tab.world.kit.clock.now += 11;
      await tab.world.kit.settle();
    }
    url.searchParams.set("ticket", tab.jar(HUB).get(SESSION) ?? "");
    expect((await tab.send(url)).status).toBe(400);
    expect(tab.world.kit.events.at(-1)).toMatchObject({ type: "login_failure", reason: "ticket_rejected" });
  });
});

test("only its own half answers on each host", async () => {
  const tab = await signedInTab();
  for (const url of [`${BLOG}/auth/sso/authorize`, `${HUB}/auth/sso/start`, `${HUB}/auth/sso/callback`]) {
    const response = await tab.send(url);
    expect([response.status, await response.json()]).toEqual([404, { error: "not_enabled" }]);
  }
});
