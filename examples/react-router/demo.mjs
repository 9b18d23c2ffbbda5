// `start`: the built Worker on workerd beside the WorkOS emulator, until stopped. `check` walks through it and ends.
import assert from "node:assert/strict";
import { createBrowser } from "../../scripts/demo/browser.mjs";
import { loadCore } from "../../scripts/demo/core.mjs";
import { expired } from "../../scripts/demo/expired.mjs";
import { isCheck, say, stage } from "../../scripts/demo/stage.mjs";
import { surroundings } from "../../scripts/demo/surroundings.mjs";

const COOKIE = "__Host-session";

await stage(async (undo) => {
  const { provider, ...around } = await surroundings(undo, { example: "react-router" });
  const worker = around.worker();
  const core = await loadCore();
  const sessionKeys = core.generateSessionKeys();
  await worker.start(sessionKeys);
  console.log(`ready ${worker.origin}`);
  const end = (cookie) => expired(core, sessionKeys, cookie, COOKIE);
  if (isCheck) await walk(worker.origin, end, provider.stop);
  else say("open it, sign in, leave a note; stop with Ctrl-C");
});

async function walk(origin, expired, stopProvider) {
  const browser = createBrowser(origin);

  const front = await page("/");
  assert.deepEqual([front.status, front.state], [200, "anonymous"]);
  const asset = await browser.request(/href="([^"]+\.css)"/.exec(front.html)[1]);
  assert.deepEqual([asset.status, asset.headers.getSetCookie()], [200, []]);
  const toLogin = "/auth/login?returnTo=%2Faccount";
  for (const method of ["GET", "POST"]) {
    const sent = await browser.request("/account", { method });
    assert.deepEqual([sent.status, sent.headers.get("Location")], [302, toLogin]);
  }
  // What the router asks for when a link is clicked: an answer that tells it to leave the page.
  assert.ok((await text("/account.data")).includes(toLogin));
  say("strangers: the first page, and the sign-in in place of the second one");

  const arrived = await signIn();
  assert.deepEqual([new URL(arrived.url).pathname, arrived.status], ["/account", 200]);
  assert.equal(arrived.headers.get("Cache-Control"), "private, no-store");
  assert.match(await arrived.text(), /Ada Byron/);
  const kept = await page("/account", { method: "POST", body: new URLSearchParams({ note: "Buy a lamp <b>" }) });
  assert.match(kept.html, /Buy a lamp &lt;b&gt;<\/textarea>/);
  assert.match((await page("/account")).html, /Buy a lamp/);
  say("signed in: the page that was asked for, and a note that the action has kept");

  const before = await expired(browser.cookies.get(COOKIE));
  for (const path of ["/account.data", "/account", "/"]) {
    browser.cookies.set(COOKIE, before);
    assert.match(await text(path), /Ada/);
    assert.notEqual(browser.cookies.get(COOKIE), before, `${path} brought no cookie`);
  }
  say("the access token ended: renewed by the router's own request, which late tabs then follow");

  // Node's fetch never says that it navigates, so the answer is the one for scripts.
  const left = await browser.request("/auth/logout", { method: "POST", body: new URLSearchParams({ returnTo: "/" }) });
  const { logoutUrl } = await left.json();
  assert.equal((await browser.visit(logoutUrl)).url, `${origin}/`);
  assert.equal(browser.cookies.has(COOKIE), false);
  assert.equal((await page("/")).state, "anonymous");
  assert.equal((await page("/account")).status, 302);
  say("signed out: by way of the provider to the first page, a stranger again");

  await signIn();
  const cookie = await expired(browser.cookies.get(COOKIE));
  browser.cookies.set(COOKIE, cookie);
  await stopProvider();
  const outage = await page("/account");
  assert.equal(outage.status, 503);
  assert.match(outage.html, /You are still signed in/);
  assert.equal((await page("/")).state, "unavailable");
  assert.equal(browser.cookies.get(COOKIE), cookie);
  say("the provider is down and the access token has ended: 503, no sign-in, and the cookie is kept");

  async function signIn() {
    return await browser.visit("/auth/login?returnTo=/account");
  }

  async function text(path) {
    return await (await browser.request(path)).text();
  }

  async function page(path, options) {
    const response = await browser.request(path, options);
    const html = await response.text();
    return { status: response.status, html, state: /data-state="(\w+)"/.exec(html)?.[1] };
  }
}
