// `check`: one person, one hub, three domains of other sites. Throws at the first surprise.
import assert from "node:assert/strict";
import { say } from "../../../scripts/demo/stage.mjs";
import { startPlainBrowser } from "./plain-browser.mjs";

const COOKIE = "__Host-session";
const CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const CALLBACK = "/auth/sso/callback";
/** What the provider may get: its own cookies. */
const PROVIDERS = /^(?:_session|_interaction|_interaction_resume)(?:\.sig)?$|^device$/;

export async function walk(browser, { hub, issuer, destinations, provider }) {
  say(browser.name);
  const [bakery, florist, bookshop] = destinations;
  const everywhere = [...destinations, hub];
  const person = await browser.newPerson();
  const tab = await person.newTab();

  await stranger();
  await crawler();
  await cachedPage();
  await signIn();
  await others();
  await warm();
  await ownCookies();
  await plantedTicket();
  const stolen = (await person.cookies(bakery)).get(COOKIE);
  await signOut();
  await stolenCopy();

  async function stranger() {
    const seen = await tab.open(`${bakery}/`);
    assert.equal(seen.state, "anonymous");
    assert.deepEqual(steps(seen), [`${bakery}/`, `${hub}/auth/sso/authorize`, `${bakery}${CALLBACK}`, `${bakery}/`]);
    assert.deepEqual(steps(await tab.open(`${bakery}/`)), [`${bakery}/`]);
    say("a stranger at the bakery: once to the hub and back, nobody is there; a reload goes nowhere");
  }

  async function crawler() {
    const robot = await browser.newPerson({ userAgent: CRAWLER });
    const seen = await (await robot.newTab()).open(`${bakery}/`);
    assert.deepEqual([seen.status, seen.state, steps(seen)], [200, "anonymous", [`${bakery}/`]]);
    assert.equal((await robot.cookies(bakery)).size, 0);
    say("a crawler: the page, no redirect, no cookie");
  }

  async function cachedPage() {
    const reader = await (await browser.newPerson()).newTab();
    const seen = await reader.open(`${florist}/posts/1`);
    assert.equal(seen.state, "anonymous");
    assert.deepEqual(steps(seen), [`${florist}/posts/1`, ...byScript(florist)]);
    assert.deepEqual(steps(await reader.open(`${florist}/posts/1`)), [`${florist}/posts/1`]);
    say("a post from a cache: shown at once, its script asks the hub, nobody is there; a reload goes nowhere");
  }

  async function signIn() {
    const asked = await tab.open(`${bakery}/auth/login?returnTo=/`);
    assert.equal(asked.state, "who");
    assert.equal(new URL(asked.url).origin, issuer, "the provider is met on a host of ours");
    const arrived = await tab.send({ name: "Ada" });
    assert.deepEqual([arrived.url, arrived.state, arrived.user], [`${bakery}/`, "authenticated", "Ada"]);
    assert.ok(!arrived.way.some((url) => url.startsWith(provider.url)), "nobody sees where the provider really is");
    say("signed in at the bakery: by way of the hub and the provider's own page, as Ada");
  }

  async function others() {
    const silently = await tab.open(`${florist}/`);
    assert.deepEqual([silently.state, silently.user], ["authenticated", "Ada"]);
    assert.deepEqual(steps(silently), [
      `${florist}/`,
      `${hub}/auth/sso/authorize`,
      `${florist}${CALLBACK}`,
      `${florist}/`,
    ]);
    const read = await tab.open(`${bookshop}/posts/1`);
    assert.deepEqual([read.state, read.user], ["authenticated", "Ada"]);
    assert.deepEqual(steps(read), [`${bookshop}/posts/1`, ...byScript(bookshop)]);
    assert.equal((await tab.open(`${bookshop}/account`)).state, "authenticated");
    say(
      "the florist knows her after one round trip, the bookshop's post from a cache after one by script; nothing is typed",
    );
  }

  async function warm() {
    for (const origin of everywhere) {
      const seen = await tab.open(`${origin}/`);
      assert.deepEqual([seen.user, steps(seen)], ["Ada", [`${origin}/`]]);
    }
    say("all of them again, and the hub: no redirect");
  }

  async function ownCookies() {
    const texts = await Promise.all(everywhere.map(async (origin) => (await person.cookies(origin)).get(COOKIE)));
    assert.equal(new Set(texts).size, 4, "each host has a cookie of its own");
    assert.ok((await person.cookies(issuer)).has("_session"));
    for (const origin of everywhere) assert.ok(!(await person.cookies(origin)).has("_session"), origin);
    for (const { domain, secure, httpOnly } of (await person.allCookies?.()) ?? []) {
      assert.ok(!domain.startsWith("."), "cookies belong to one host");
      assert.ok(secure && httpOnly);
    }
    for (const { cookies } of provider.requests) for (const name of cookies) assert.match(name, PROVIDERS);
    say("cookies: one session on each of four hosts, the provider's on its own host; it has got none of ours");

    const copied = await startPlainBrowser().newPerson();
    copied.plant(florist, COOKIE, (await person.cookies(bakery)).get(COOKIE));
    assert.equal((await (await copied.newTab()).open(`${florist}/`)).state, "anonymous");
    say("the bakery's cookie shown to the florist: opens nothing there");
  }

  async function plantedTicket() {
    const stranger = await (await startPlainBrowser().newPerson()).newTab();
    await stranger.open(`${florist}/auth/login?returnTo=/`);
    await stranger.send({ name: "Mallory" });
    const { url } = await stranger.open(`${florist}/auth/login?returnTo=/`, { stopAt: CALLBACK });
    assert.match(url, /[?&]ticket=/);

    const victim = await browser.newPerson();
    const victims = await victim.newTab();
    assert.equal((await victims.open(url)).status, 400);
    assert.ok(!(await victim.cookies(florist)).has(COOKIE));
    assert.equal((await tab.open(url)).status, 400);
    assert.equal((await tab.open(`${florist}/`)).user, "Ada");
    const elsewhere = url.replace(florist, bookshop);
    assert.equal((await stranger.open(elsewhere)).status, 400);
    say("a ticket of somebody else, planted: refused, in an empty browser, over a session, and on another domain");

    const own = await stranger.open(url);
    assert.deepEqual([own.url, own.user], [`${florist}/`, "Mallory"]);
    assert.equal((await stranger.open(url)).status, 400);
    say("nobody has used it up: in its own browser it is good, once");
  }

  async function signOut() {
    await tab.open(`${florist}/`);
    const asked = await tab.send();
    assert.deepEqual([new URL(asked.url).origin, asked.state], [issuer, "whether"]);
    const another = await person.newTab();
    for (const origin of everywhere) {
      assert.equal((await another.open(`${origin}/`)).state, "anonymous", `still signed in at ${origin}`);
    }
    const post = await another.open(`${bakery}/posts/1`);
    assert.equal(post.state, "anonymous");
    say("signed out at the florist: the bakery, the bookshop and the hub are out at the next request");

    assert.equal((await tab.send()).state, "signed-out");
    const again = await another.open(`${bookshop}/account`);
    assert.deepEqual([new URL(again.url).origin, again.state], [issuer, "who"]);
    say("signed out of the provider, too: the bookshop's account asks for a name again");
  }

  async function stolenCopy() {
    const thief = await startPlainBrowser().newPerson();
    thief.plant(bakery, COOKIE, stolen);
    assert.equal((await (await thief.newTab()).open(`${bakery}/`)).state, "anonymous");
    say("a copy of the bakery's cookie from before: opens nothing any more");
  }

  function byScript(origin) {
    return [`${origin}/auth/sso/start`, `${hub}/auth/sso/authorize`, `${origin}${CALLBACK}`, `${origin}/posts/1`];
  }
}

/** Addresses on the way, without what stands behind `?`. */
function steps({ way }) {
  return way.map((href) => {
    const { origin, pathname } = new URL(href);
    return origin + pathname;
  });
}
