import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import type { Answer } from "./four-workers.js";

export interface Sockets {
  /** Asks one Worker, counted from 0, for the start page, over a connection that is kept. */
  visit(worker: number, cookie: string): Promise<SocketAnswer>;
  close(): void;
}

export interface SocketAnswer extends Omit<Answer, "headers"> {
  /** Why there is no visitor; "" when there is one. */
  readonly reason: string;
}

const AT_ONCE = 32;
/** Longer than any deadline of ours: a request that takes as long hangs. */
const PATIENCE_MILLISECONDS = 30_000;

/** Straight to workerd: what is measured and loaded is the Workers, and no server of the tests in front of them. */
export function openSockets(addresses: readonly URL[]): Sockets {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  return {
    visit(worker, cookie) {
      const { hostname, port } = addresses[worker % addresses.length] as URL;
      // As to a proxy: the Worker sees the URL that people see.
      const path = "https://app.example/";
      const headers = { Host: "app.example", Cookie: cookie };
      return new Promise((resolve, reject) => {
        const sent = request({ agent, hostname, port, path, headers, timeout: PATIENCE_MILLISECONDS }, (response) => {
          const { statusCode: status = 0, headers } = response;
          const reason = String(headers["x-reason"] ?? "");
          text(response).then(
            (body) => resolve({ status, cookies: headers["set-cookie"] ?? [], reason, body }),
            reject,
          );
        });
        sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
        sent.on("error", reject);
        sent.end();
      });
    },
    close: () => agent.destroy(),
  };
}
