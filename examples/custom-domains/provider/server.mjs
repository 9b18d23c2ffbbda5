// An OpenID provider on a loopback port of its own. It is never visited there: people meet it as `issuer`, a host of the Worker.
import { createServer } from "node:http";
import Provider from "oidc-provider";
import { configuration } from "./configuration.mjs";
import { interact } from "./interaction.mjs";

/** @param issuer where people meet it · @param client what it knows of the hub: id, secret, addresses */
export async function startProvider({ issuer, port, client }) {
  const provider = new Provider(issuer, configuration(client));
  // The proxy in front of it says under which name it was asked.
  provider.proxy = true;
  const answer = provider.callback();
  /** What each request brought: path, query and the names of its cookies. */
  const requests = [];
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url, issuer);
    requests.push({ pathname, search, cookies: cookieNames(request.headers.cookie) });
    const answered = pathname.startsWith("/interaction/")
      ? interact(provider, request, response)
      : answer(request, response);
    // A sign-in that was begun before a restart, or is long over.
    answered.catch((error) => response.writeHead(error.status ?? 500).end(`${error.message}\n`));
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function cookieNames(text = "") {
  return text
    .split(";")
    .map((pair) => pair.split("=")[0].trim())
    .filter((name) => name !== "");
}
