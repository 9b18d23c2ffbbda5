// `check`: two browsers and the command-line client sign in, are listed, and are ended in every way there is. Throws at
// the first surprise.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { createBrowser } from "../../scripts/demo/browser.mjs";
import { say } from "../../scripts/demo/stage.mjs";

const COOKIE = "__Host-session";
const FIREFOX = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:142.0) Gecko/20100101 Firefox/142.0";
const SAFARI =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const HOSTILE = `Mozilla/5.0 "><script>alert(1)</script><img src=x onerror='alert(1)'>`;

const [LAPTOP, PHONE, PROGRAM] = ["Firefox on macOS", "Safari on iPhone", "devices-cli"];

export async function walk({ origin, provider, client }) {
  const laptop = createBrowser(origin, { userAgent: FIREFOX });
  const phone = createBrowser(origin, { userAgent: SAFARI });

  await strangers();
  await signedIn();
  await hostileDevice();
  await handOffs();
  await endOfOne();
  await newLogin();
  await endOfOthers();
  await renewal();
  await backChannel();
  await byItself();

  async function strangers() {
    const front = await laptop.open("/");
    assert.match(front.html, /data-state="anonymous"/);
    assert.equal((await laptop.request("/auth/sessions")).status, 401);
    const forged = await laptop.open("/devices/end", { fields: { id: "x" } });
    assert.equal(forged.status, 401);
    assert.deepEqual(await client.run("whoami"), { code: 1, said: "Signed out." });
    say("strangers: no list, nothing to end; the client says that it is signed out");
  }

  async function signedIn() {
    for (const browser of [laptop, phone]) {
      const arrived = await browser.open("/auth/login?returnTo=/");
      assert.equal(arrived.url, `${origin}/`);
      assert.match(arrived.html, /Ada Byron/);
    }
    assert.match(laptop.cookies.get(COOKIE), /^.{60,120}$/, "the cookie holds an id, not the session");
    await signInClient(laptop);
    assert.equal(statSync(client.file).mode & 0o777, 0o600, "nobody else reads the client's session");
    assert.deepEqual(await client.run("whoami"), { code: 0, said: "ada@example.com" });
    assert.deepEqual(await namesOn(laptop), [`${LAPTOP}, this device`, PHONE, PROGRAM]);
    const { html } = await laptop.open("/");
    assert.equal(html.split("<dd>127.0.0.1</dd>").length, 4, "an address in every row");
    assert.equal(html.split("<dd>harbour-office</dd>").length, 4, "and an organisation");
    assert.deepEqual(await namesOn(phone), [LAPTOP, `${PHONE}, this device`, PROGRAM]);
    say(`signed in: ${LAPTOP}, ${PHONE}, ${PROGRAM}; each sees all three, and which one it is itself`);
  }

  async function hostileDevice() {
    const stranger = createBrowser(origin, { userAgent: HOSTILE });
    await stranger.open("/auth/login?returnTo=/");
    const { html, headers } = await laptop.open("/");
    assert.match(html, /&quot;&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;&lt;img/);
    assert.doesNotMatch(html, /<script|<img/);
    assert.match(headers.get("Content-Security-Policy"), /script-src 'none'/);
    await signOut(stranger);
    say("a device that calls itself <script>: text in the list, and a page that may run no script at all");
  }

  /** As another program might: what it brings to the hand-off, and how often. */
  async function handOffs() {
    const redirectUri = "http://127.0.0.1:1/callback"; // any port; the code is taken from the address
    const [verifier, state] = [secret(), secret()];
    const begin = (to) =>
      `/auth/handoff?${new URLSearchParams({ redirectUri: to, codeChallenge: challengeOf(verifier), codeChallengeMethod: "S256", state })}`;
    const unknown = await laptop.open(begin("http://127.0.0.1:1/elsewhere"));
    assert.deepEqual([unknown.status, unknown.headers.get("Location")], [400, null]);

    const code = await codeOf(laptop, begin(redirectUri), redirectUri);
    const redeem = (codeVerifier, headers) => redeemed({ code, codeVerifier, redirectUri }, headers);
    const rejected = [400, { error: "handoff_rejected" }];
    assert.deepEqual(await redeem(secret()), rejected);
    assert.equal((await redeem(verifier, { Origin: origin }))[0], 403);
    const [status, { session, state: is }] = await redeem(verifier);
    assert.deepEqual([status, is], [200, "authenticated"]);
    assert.deepEqual(await redeem(verifier), rejected);
    const Authorization = `Bearer ${session}`;
    const both = await laptop.request("/auth/me", { headers: { Authorization } });
    assert.notEqual((await both.json()).state, "authenticated");
    assert.equal((await fetch(`${origin}/auth/logout`, { method: "POST", headers: { Authorization } })).status, 200);
    assert.equal((await meBy({ Authorization })).state, "anonymous");
    say(
      "a hand-off: refused for another address, another verifier, a page, and a second time; ended by its own log-out",
    );
  }

  async function endOfOne() {
    const shown = await laptop.open("/");
    const { id } = rowsOf(shown.html).find(({ name }) => name === PROGRAM);
    const foreign = await laptop.open("/devices/end", { fields: { id }, from: "https://evil.example" });
    assert.equal(foreign.status, 403);
    assert.equal((await client.run("whoami")).code, 0);
    const after = await laptop.open("/devices/end", { fields: { id } });
    assert.equal(after.url, `${origin}/?ended=1`);
    assert.match(after.html, /role="status">One is signed out\./);
    assert.deepEqual(await client.run("whoami"), { code: 1, said: "Signed out." });
    assert.deepEqual(await namesOn(laptop), [`${LAPTOP}, this device`, PHONE]);
    assert.match((await laptop.open("/devices/end", { fields: { id } })).html, /It was signed out already\./);
    assert.equal((await laptop.request("/auth/sessions/made-up", byScript("DELETE"))).status, 404);
    say(`ended ${PROGRAM} on the page: its very next command says "Signed out."; a form of another site is refused`);
  }

  async function newLogin() {
    const before = laptop.cookies.get(COOKIE);
    await laptop.open("/auth/login?returnTo=/");
    assert.notEqual(laptop.cookies.get(COOKIE), before);
    assert.equal((await meBy({ Cookie: `${COOKIE}=${before}` })).state, "anonymous");
    assert.deepEqual(await namesOn(laptop), [`${LAPTOP}, this device`, PHONE]);
    say("signed in once more: another id, the one before is worth nothing, no second row");
  }

  async function endOfOthers() {
    await signInClient(laptop);
    const after = await laptop.open("/devices/end-others", { fields: {} });
    assert.match(after.html, /role="status">2 are signed out\./);
    assert.equal((await meOf(phone)).state, "anonymous");
    assert.match((await phone.open("/")).html, /Nobody is signed in/);
    assert.equal((await client.run("whoami")).code, 1);
    assert.deepEqual(await namesOn(laptop), [`${LAPTOP}, this device`]);
    say("ended all others: the phone and the client are out, the laptop stays in");
  }

  /** Renewed by the alarm of the object that keeps the sessions, not by a request. */
  async function renewal() {
    const { tokens } = provider;
    const usual = tokens.seconds;
    const before = tokens.renewals;
    tokens.seconds = 16;
    await phone.open("/auth/login?returnTo=/");
    tokens.seconds = usual;
    const { expiresAt } = await meOf(phone);
    await until(() => Date.now() > expiresAt * 1000 + 1_000, expiresAt * 1000 + 5_000);
    assert.equal(tokens.renewals, before + 1, "before anybody asked");
    const after = await meOf(phone);
    assert.deepEqual([after.state, after.expiresAt > expiresAt + 60], ["authenticated", true]);
    assert.equal(tokens.renewals, before + 1, "one call of the provider");
    assert.equal((await namesOn(phone)).length, 2);
    say("the phone's token ended while nobody asked: renewed behind, one call of the provider, still signed in");
  }

  async function backChannel() {
    await signInClient(laptop);
    const question = await laptop.open("/auth/logout", { fields: { returnTo: "/" } });
    assert.equal(new URL(question.url).origin, provider.url);
    assert.equal((await client.run("whoami")).code, 0, "signed out in the browser alone so far");
    const [, xsrf] = /name="xsrf" value="(\w+)"/.exec(question.html);
    const [, action] = /action="([^"]+)"/.exec(question.html);
    const left = await laptop.open(action, { fields: { xsrf, logout: "yes" }, from: provider.url });
    assert.equal(left.url, `${origin}/`);
    assert.match(left.html, /data-state="anonymous"/);
    assert.deepEqual(await client.run("whoami"), { code: 1, said: "Signed out." });
    assert.deepEqual(await namesOn(phone), [`${PHONE}, this device`]);
    say(
      "signed out at the provider, which tells the app: the client that began in that browser is out, the phone is not",
    );
  }

  async function byItself() {
    await signInClient(phone);
    assert.deepEqual(await client.run("logout"), { code: 0, said: "Signed out." });
    assert.equal((await client.run("whoami")).code, 1);
    assert.equal((await meOf(phone)).state, "authenticated");
    await signOut(phone);
    say("the client signs itself out, then the phone: nobody is left");
  }

  /** The client prints an address; the person opens it in a browser and goes on. */
  async function signInClient(browser) {
    const { address, ended } = await client.login();
    const page = await browser.open(address);
    assert.match(page.html, /Sign in to a program\?/);
    const landed = await browser.open(wayOn(page.html));
    assert.match(landed.html, /You can close this page/);
    assert.deepEqual(await ended, { code: 0, said: `Sign in here:\n${address}\nSigned in as ada@example.com.` });
  }

  async function codeOf(browser, path, redirectUri) {
    const page = await browser.open(path);
    let url = wayOn(page.html);
    for (let hops = 0; hops < 10 && !url.startsWith(redirectUri); hops++) {
      const response = await browser.request(url);
      url = new URL(response.headers.get("Location"), url).href;
    }
    return new URL(url).searchParams.get("code");
  }

  async function redeemed(body, headers) {
    const init = { method: "POST", headers: { "Content-Type": "application/json", ...headers } };
    const response = await fetch(`${origin}/auth/handoff`, { ...init, body: JSON.stringify(body) });
    return [response.status, await response.json()];
  }

  async function signOut(browser) {
    assert.equal((await browser.request("/auth/logout", byScript("POST"))).status, 200);
  }

  /** In no order: what begins within one second has none. */
  async function namesOn(browser) {
    const rows = rowsOf((await browser.open("/")).html);
    return rows.map(({ name, isCurrent }) => (isCurrent ? `${name}, this device` : name)).sort();
  }

  async function meOf(browser) {
    return await (await browser.request("/auth/me")).json();
  }

  async function meBy(headers) {
    return await (await fetch(`${origin}/auth/me`, { headers })).json();
  }
}

function rowsOf(html) {
  const rows = html.matchAll(/<li data-device="([^"]+)">\s*<div>\s*<h3>([^<]*)(<em>this device<\/em>)?<\/h3>/g);
  return [...rows].map(([, id, name, current]) => ({ id, name: name.trim(), isCurrent: current !== undefined }));
}

/** Where the page that asks leads on to. */
function wayOn(html) {
  return /<a href="([^"]+)">Continue</.exec(html)[1].replaceAll("&amp;", "&");
}

function byScript(method) {
  return { method, headers: { "Sec-Fetch-Site": "same-origin" } };
}

function secret() {
  return randomBytes(32).toString("base64url");
}

function challengeOf(verifier) {
  return createHash("sha256").update(verifier).digest("base64url");
}

/** @param deadline epoch milliseconds */
async function until(isSo, deadline) {
  while (!isSo()) {
    assert.ok(Date.now() < deadline, "it did not come about in time");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
