import { loadPage } from "./page-load.mjs";

/** What a browser does with cookies and redirects, as far as these walks need it. `cookies` are those of `origin`. */
export function createBrowser(origin, { userAgent } = {}) {
  const jars = new Map();
  const cookies = jarOf(new URL(origin));

  /** By origin: more exact than a browser, which does not tell ports apart. */
  function jarOf(url) {
    if (!jars.has(url.origin)) jars.set(url.origin, new Map());
    return jars.get(url.origin);
  }

  function remember(url, line) {
    const jar = jarOf(url);
    const [pair, ...attributes] = line.split(";");
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).trim();
    const value = pair.slice(at + 1).trim();
    const ends = attributes.some((attribute) => /^\s*max-age=(0|-\d+)\s*$/i.test(attribute));
    if (ends || value === "") jar.delete(name);
    else jar.set(name, value);
  }

  function cookieFor(url) {
    return [...jarOf(url)].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async function request(path, options = {}) {
    const url = new URL(path, origin);
    const own = url.origin === origin;
    const headers = new Headers(options.headers);
    if (cookieFor(url) !== "") headers.set("Cookie", cookieFor(url));
    if (userAgent) headers.set("User-Agent", userAgent);
    if (own && options.method === "POST" && !headers.has("Sec-Fetch-Site"))
      headers.set("Sec-Fetch-Site", "same-origin");
    const response = await fetch(url, { ...options, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) remember(url, line);
    return response;
  }

  return {
    cookies,
    request,
    /** Opens a page, or posts the `fields` of a form, from a page of `from` (its own). Follows redirects. */
    async open(path, { fields, from = origin } = {}) {
      let url = new URL(path, origin);
      let site = from === origin ? "same-origin" : "cross-site";
      let response = await load(fields);
      for (let hops = 0; hops < 10 && response.headers.has("Location"); hops++) {
        url = new URL(response.headers.get("Location"), url);
        if (url.origin !== origin) site = "cross-site";
        response = await load();
      }
      return { url: url.href, status: response.status, headers: response.headers, html: await response.text() };

      async function load(form) {
        const answer = await loadPage(url, { cookie: cookieFor(url), fields: form, site, origin: from, userAgent });
        for (const line of answer.headers.getSetCookie()) remember(url, line);
        return answer;
      }
    },
    /** Follows redirects, here and elsewhere, and gives the last answer. */
    async visit(path, options) {
      let response = await request(path, options);
      for (let hops = 0; hops < 10 && response.headers.has("Location"); hops++) {
        await response.body?.cancel();
        response = await request(new URL(response.headers.get("Location"), response.url).href);
      }
      return response;
    },
  };
}
