/** What a browser does with cookies and redirects, as far as this walk needs it. */
export function createBrowser(origin) {
  const cookies = new Map();

  function remember(line) {
    const [pair, ...attributes] = line.split(";");
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).trim();
    const value = pair.slice(at + 1).trim();
    const ends = attributes.some((attribute) => /^\s*max-age=(0|-\d+)\s*$/i.test(attribute));
    if (ends || value === "") cookies.delete(name);
    else cookies.set(name, value);
  }

  async function request(path, options = {}) {
    const url = new URL(path, origin);
    const own = url.origin === origin;
    const headers = new Headers(options.headers);
    if (own && cookies.size > 0)
      headers.set("Cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    if (own && options.method === "POST") headers.set("Sec-Fetch-Site", "same-origin");
    const response = await fetch(url, { ...options, headers, redirect: "manual" });
    if (own) for (const line of response.headers.getSetCookie()) remember(line);
    return response;
  }

  return {
    cookies,
    request,
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
