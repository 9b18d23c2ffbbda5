// What a browser does with cookies, redirects and forms, where there is no Chromium. It runs no scripts and loads no frames:
// what the script of a cached page does is done here by hand.
import { loadPage } from "../../../scripts/demo/page-load.mjs";
import { readPage } from "./read-page.mjs";

const USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0";
const MAX_HOPS = 20;

export function startPlainBrowser() {
  return { name: "no browser but `fetch`", newPerson: async (options) => createPerson(options), stop: async () => {} };
}

/** Cookies of one person, host by host: what is set without a domain belongs to its host alone. */
function createPerson({ userAgent = USER_AGENT } = {}) {
  const jars = new Map();

  function jarOf({ hostname }) {
    const jar = jars.get(hostname) ?? new Map();
    jars.set(hostname, jar);
    return jar;
  }

  function keep(url, line) {
    const [pair, ...attributes] = line.split(";").map((part) => part.trim());
    const at = pair.indexOf("=");
    const said = attributes.map((attribute) => attribute.toLowerCase());
    if (said.some((attribute) => attribute.startsWith("domain=")))
      throw new Error(`${url.host} set a cookie for others`);
    const isOver = said.some((attribute) => {
      const [name, value] = attribute.split("=");
      return (name === "max-age" && Number(value) <= 0) || (name === "expires" && Date.parse(value) <= Date.now());
    });
    if (isOver) jarOf(url).delete(pair.slice(0, at));
    else jarOf(url).set(pair.slice(0, at), pair.slice(at + 1));
  }

  async function load(url, { fields, from, site }) {
    const cookie = Array.from(jarOf(url), ([name, value]) => `${name}=${value}`).join("; ");
    const answer = await loadPage(url, { cookie, fields, site, origin: from, userAgent });
    for (const line of answer.headers.getSetCookie()) keep(url, line);
    return answer;
  }

  function createTab() {
    let shown = null;

    /** `stopAt`: a path that is not asked for; the address is what is wanted. */
    async function go(address, { fields, from, stopAt } = {}) {
      let url = new URL(address);
      const way = [url.href];
      let site = from === undefined ? "none" : from === url.origin ? "same-origin" : "cross-site";
      let answer = await load(url, { fields, from, site });
      while (answer.headers.has("Location")) {
        if (way.length > MAX_HOPS) throw new Error(`In a circle:\n${way.join("\n")}`);
        const next = new URL(answer.headers.get("Location"), url);
        if (site !== "none" && next.origin !== url.origin) site = "cross-site";
        url = next;
        way.push(url.href);
        if (url.pathname === stopAt) return { url: url.href, way };
        answer = await load(url, { site });
      }
      shown = { url: url.href, way, status: answer.status, headers: answer.headers, ...readPage(await answer.text()) };
      return shown.state === "asking" ? ask(shown) : shown;
    }

    /** What public/post.js does. */
    async function ask(page) {
      const { origin, pathname } = new URL(page.url);
      const json = async (path) =>
        JSON.parse(await (await load(new URL(path, origin), { site: "same-origin" })).text());
      const { state, go: next } = await json(`/auth/sso/check?returnTo=${encodeURIComponent(pathname)}`);
      if (next) {
        const later = await go(new URL(next, origin), { from: origin });
        return { ...later, way: [...page.way, ...later.way] };
      }
      const { user } = state === "authenticated" ? await json("/auth/me") : {};
      return { ...page, state, ...(user && { user: user.id }) };
    }

    return {
      open: (address, options) => go(address, options),
      /** Sends the form of the page that is shown. */
      async send(fields = {}) {
        const { action, fields: own } = shown.form;
        return go(new URL(action, shown.url), { fields: { ...own, ...fields }, from: new URL(shown.url).origin });
      },
    };
  }

  return {
    newTab: async () => createTab(),
    /** Cookies that this host gets, by name. */
    cookies: async (origin) => new Map(jarOf(new URL(origin))),
    /** What a thief does. */
    plant: (origin, name, value) => void jarOf(new URL(origin)).set(name, value),
  };
}
