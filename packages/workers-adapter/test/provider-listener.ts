import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import type { TestProvider } from "@edgeseal/core/testing";

/** What the provider throws or breaks off becomes a connection that breaks. */
export function listenerFor({ fetch }: Pick<TestProvider, "fetch">): RequestListener {
  return async (incoming, outgoing) => {
    try {
      const { method = "GET", headers, url } = incoming;
      const body = method === "POST" ? { body: await text(incoming) } : {};
      const init = { method, headers: headers as Record<string, string>, ...body };
      const answer = await fetch(`http://${headers.host}${url}`, init);
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
      for await (const chunk of answer.body ?? []) await new Promise((sent) => outgoing.write(chunk, sent));
      outgoing.end();
    } catch {
      outgoing.destroy();
    }
  };
}
