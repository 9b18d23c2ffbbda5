// Where the page asks for a rotation: an address of this machine that only the demo's own page may use.
import { createServer } from "node:http";

/** @param origin of the page · @param rotate runs one at a time */
export async function startControl(origin, rotate) {
  let last = Promise.resolve();
  const server = createServer(async (request, response) => {
    // Any site can post to a loopback address; a browser always says from where.
    if (request.headers.origin !== origin) return response.writeHead(403).end();
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Vary", "Origin");
    if (request.method !== "POST" || request.url !== "/rotate") return response.writeHead(404).end();
    last = last.then(rotate);
    last.then(
      () => response.writeHead(204).end(),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
