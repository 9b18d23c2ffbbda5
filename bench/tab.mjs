// A browser's tab as far as redirects and cookies go: a jar for each host. All hosts are answered by one socket.

/** What a browser says of a page that a person opens. */
const OPENED = {
  "Sec-Fetch-Mode": "navigate",
  "Sec-Fetch-Dest": "document",
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
};
/** And of a script's call. */
const CALLED = { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "User-Agent": OPENED["User-Agent"] };
const MAX_REQUESTS = 10;

export function createTab(client, socket) {
  const jars = new Map();
  const jarOf = ({ host }) => jars.get(host) ?? jars.set(host, new Map()).get(host);

  async function send(url, headers) {
    const cookies = [...jarOf(url)].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await client.get(new URL(url.pathname + url.search, socket), cookies, {
      ...headers,
      Host: url.host,
    });
    for (const line of answer.headers["set-cookie"] ?? []) keep(jarOf(url), line);
    return answer;
  }

  return {
    /** Cookies of a host, by name. */
    jar: (address) => jarOf(new URL(address)),
    call: (address, headers) => send(new URL(address), { ...CALLED, ...headers }),
    /** Follows redirects: the page, its address, and how many requests there were. */
    async open(address) {
      let url = new URL(address);
      for (let requests = 1; requests <= MAX_REQUESTS; requests++) {
        const answer = await send(url, OPENED);
        const { location } = answer.headers;
        if (location === undefined) return { ...answer, url, requests };
        url = new URL(location, url);
      }
      throw new Error(`${address} goes in a circle, at last to ${url.origin}.`);
    },
  };
}

function keep(jar, line) {
  const name = line.slice(0, line.indexOf("="));
  if (/; Max-Age=0(?:;|$)/.test(line)) jar.delete(name);
  else jar.set(name, line.slice(name.length + 1, line.indexOf(";")));
}
