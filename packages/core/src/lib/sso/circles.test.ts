import { expect, test } from "vitest";
import { BLOG, HUB, signedInTab } from "../../../test/sso-kit.js";

const SESSION = "__Host-session";
const stateOf = async (response: Response) => ((await response.json()) as { state: string }).state;

test("RD-05 a destination whose session never comes back asks the hub twice, and then shows its page", async () => {
  const tab = await signedInTab();
  const take = tab.take.bind(tab);
  tab.take = (origin, response) => {
    take(origin, response);
    if (origin === BLOG) tab.jar(BLOG).delete(SESSION);
  };
  const { response, way, url } = await tab.open(`${BLOG}/posts/1`);
  expect(way.filter(({ origin }) => origin === HUB)).toHaveLength(2);
  expect([url.href, await stateOf(response)]).toEqual([`${BLOG}/posts/1`, "anonymous"]);
  const asked = await tab.send(`${BLOG}/auth/sso/check?returnTo=/posts/1`, { headers: { "Sec-Fetch-Mode": "cors" } });
  expect(await asked.json()).toEqual({ state: "anonymous", go: null });
  expect((await tab.open(`${BLOG}/auth/sso/start?returnTo=/posts/1`)).way).toHaveLength(2);
});

test("RD-05 a page that was only read is shown to a browser that keeps no cookie of this host, signed in at the hub or not", async () => {
  const tab = await signedInTab();
  tab.blocked.add(BLOG);
  const { response, url, way } = await tab.open(`${BLOG}/posts/1?a=b`);
  expect(way).toHaveLength(4);
  expect(url.href).toBe(`${BLOG}/posts/1?a=b&edgeseal_sso=none`);
  expect(await stateOf(response)).toBe("anonymous");
});

test("SS-04 a planted ticket with a path leads to that page of ours, and nobody is signed in", async () => {
  const attacker = await signedInTab();
  const url = await attacker.answerOf(await attacker.send(`${BLOG}/posts/1`));
  for (const [path, place] of [
    ["/posts/2", "/posts/2?edgeseal_sso=none"],
    ["//evil.example", null],
    ["/.//evil.example", null],
    ["https://evil.example/", null],
  ] as const) {
    url.searchParams.set("path", path);
    const response = await attacker.world.fetch(new Request(url));
    expect([path, response.status, response.headers.get("Location")]).toEqual([path, place ? 303 : 400, place]);
    expect(response.headers.getSetCookie()).toEqual([]);
  }
  // Nothing was spent by that.
  url.searchParams.set("path", "/posts/1");
  expect((await attacker.send(url)).headers.get("Location")).toBe("/posts/1");
  expect(await stateOf(await attacker.send(`${BLOG}/posts/1`))).toBe("authenticated");
});
