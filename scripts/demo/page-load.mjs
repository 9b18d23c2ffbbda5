// A page load, as a browser makes it by a link or a form. Node's `fetch` says `Sec-Fetch-Mode: cors` whatever it is told.
import { request } from "node:http";

/** @param fields of a form that is posted; absent: a GET · @param site what a browser says in `Sec-Fetch-Site` */
export function loadPage(url, { cookie, fields, site, origin, userAgent }) {
  const headers = {
    Accept: "text/html",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Site": site,
    ...(userAgent && { "User-Agent": userAgent }),
    ...(cookie !== "" && { Cookie: cookie }),
    ...(fields && { "Content-Type": "application/x-www-form-urlencoded", Origin: origin }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: fields ? "POST" : "GET", headers, ...loopback(url) }, async (answer) => {
      const chunks = [];
      for await (const chunk of answer) chunks.push(chunk);
      const names = answer.rawHeaders.filter((_, at) => at % 2 === 0);
      const pairs = names.map((name, at) => [name, answer.rawHeaders[2 * at + 1]]);
      resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode, headers: pairs }));
    });
    sent.on("error", reject);
    sent.end(fields && new URLSearchParams(fields).toString());
  });
}

/** As browsers do it: every name below `localhost` is this machine (RFC 6761 §6.3), which not every resolver knows. */
function loopback({ hostname }) {
  if (!hostname.endsWith(".localhost")) return {};
  const address = { address: "127.0.0.1", family: 4 };
  return {
    lookup: (_, { all }, found) => (all ? found(null, [address]) : found(null, address.address, address.family)),
  };
}
