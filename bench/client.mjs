import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { userId } from "./worker/reference.mjs";

/** Connections that stay open, so that what is measured is the Worker. */
export function createClient(connections) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    async get(url, Cookie = "", more = {}) {
      const response = await new Promise((resolve, reject) => {
        request(url, { agent, headers: { Cookie, ...more } }, resolve)
          .on("error", reject)
          .end();
      });
      const { statusCode: status, headers } = response;
      return { status, headers, body: await text(response) };
    },
    close: () => agent.destroy(),
  };
}

export const isSignedIn = ({ status, body }) => status === 200 && JSON.parse(body).user === userId;

/** Throws for an answer that a signed-in visitor must not get: a fast wrong answer is no result. */
export function expectSignedIn(app, answer) {
  if (!isSignedIn(answer)) throw new Error(`${app} answered ${answer.status} to a signed-in visitor: ${answer.body}`);
}
