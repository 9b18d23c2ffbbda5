// `pnpm demo --check`: the whole way of a session, by plain fetch against the running demo. Throws at the first surprise.
import assert from "node:assert/strict";
import { createBrowser } from "./browser.mjs";
import { expired } from "./expired.mjs";

const COOKIE = "__Host-session";

export async function walk({ worker, provider, ring, core, say }) {
  const browser = createBrowser(worker.origin);
  const [harbour, watch] = provider.organizations;

  const stranger = await browser.request("/api/projects");
  assert.equal(stranger.status, 401);
  assert.deepEqual(await stranger.json(), { error: "unauthenticated", loginUrl: "/auth/login" });
  say("signed out: the API answers 401 and says where to sign in");

  await browser.visit("/auth/login?returnTo=/");
  const arrived = await page();
  assert.equal(arrived.state, "authenticated");
  assert.equal(
    [...browser.cookies.keys()].some((name) => name.includes("flow")),
    false,
    "a flow cookie is left over",
  );
  say(`signed in: one cookie of ${arrived.length} characters, sealed with key ${arrived.keyVersion}`);

  const withoutRole = await browser.request("/api/projects");
  assert.equal(withoutRole.status, 403);
  assert.deepEqual(await withoutRole.json(), { error: "forbidden", missing: { permission: "projects:read" } });
  say("protected call: 403, the permission projects:read is missing without an organisation");

  await expireAccessToken();
  const before = browser.cookies.get(COOKIE);
  const renewed = await me();
  assert.equal(renewed.state, "authenticated");
  assert.notEqual(browser.cookies.get(COOKIE), before);
  assert.equal((await page()).generation, arrived.generation + 1);
  say("the access token ended: refreshed within the request, a new cookie came along");

  const lateTab = await fetch(`${worker.origin}/auth/me`, { headers: { Cookie: `${COOKIE}=${before}` } });
  assert.equal((await lateTab.json()).state, "authenticated");
  say("a late tab with the cookie from before the refresh: still in");

  await switchTo(harbour);
  assert.equal((await projects()).status, 200);
  say(`switched to ${harbour.name}: the protected call answers 200`);
  await switchTo(watch);
  assert.equal((await projects()).status, 403);
  await switchTo(harbour);
  say(`to ${watch.name} (403) and back to ${harbour.name}: still one session`);

  const from = Math.ceil(Date.now() / 1000) + 6;
  const old = ring.text();
  ring.stage(from);
  await worker.restart(ring.text());
  assert.equal((await page()).keyVersion, 1, "a key seals from its moment on, not earlier");
  say("deployed key 2, to seal a few seconds from now: the cookie keeps key 1");
  await until(from);
  const resealed = await page();
  assert.equal(resealed.keyVersion, 2);
  assert.equal(resealed.isNew, true);
  assert.equal((await projects()).status, 200);
  say("its moment came: re-sealed with key 2 in the same answer, still signed in");

  const sealed = browser.cookies.get(COOKIE);
  await worker.restart(old);
  assert.equal((await me()).state, "anonymous");
  assert.equal(browser.cookies.get(COOKIE), sealed, "a cookie that cannot be opened is not deleted");
  say("rolled back to key 1 alone: signed out for the while, the cookie is kept");

  ring.dropOld();
  await worker.restart(ring.text());
  assert.equal((await me()).state, "authenticated");
  assert.equal((await projects()).status, 200);
  say("forward again, key 1 dropped for good: signed in, as before");

  const answer = await browser.request("/auth/logout", {
    method: "POST",
    body: new URLSearchParams({ returnTo: "/" }),
  });
  const { logoutUrl } = await answer.json();
  assert.equal(new URL(logoutUrl).origin, provider.url);
  const left = await browser.visit(logoutUrl);
  assert.equal(left.url, `${worker.origin}/`, "by way of the provider back to the page");
  assert.equal(browser.cookies.has(COOKIE), false);
  assert.equal((await me()).state, "anonymous");
  const stolen = await fetch(`${worker.origin}/auth/me`, { headers: { Cookie: `${COOKIE}=${await ended(sealed)}` } });
  assert.equal((await stolen.json()).state, "anonymous");
  say("signed out: the cookie is gone, and a copy of it is refreshed no more");

  async function page() {
    const response = await browser.request("/");
    assert.equal(response.status, 200);
    const html = await response.text();
    const value = (id) => Number(new RegExp(`id="${id}" value="(\\d+)"`).exec(html)?.[1]);
    return {
      state: /data-state="(\w+)"/.exec(html)?.[1],
      keyVersion: value("key-version"),
      length: value("cookie-length"),
      generation: value("generation"),
      isNew: html.includes("with a new cookie"),
    };
  }

  async function me() {
    const response = await browser.request("/auth/me");
    assert.equal(response.status, 200);
    return await response.json();
  }

  async function projects() {
    return await browser.request("/api/projects");
  }

  async function switchTo(organization) {
    const response = await browser.request("/auth/switch-org", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ organizationId: organization.id }),
    });
    assert.equal(response.status, 200);
    assert.equal((await response.json()).organizationId, organization.id);
  }

  async function expireAccessToken() {
    browser.cookies.set(COOKIE, await ended(browser.cookies.get(COOKIE)));
  }

  function ended(text) {
    return expired(core, ring.text(), text, COOKIE);
  }

  async function until(seconds) {
    const left = seconds * 1000 - Date.now() + 200;
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  }
}
