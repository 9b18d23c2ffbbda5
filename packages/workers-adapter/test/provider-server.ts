import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createScriptedProvider, type ScriptedProvider, type ScriptedProviderOptions } from "./scripted-provider.js";

export interface ProviderServer {
  readonly provider: ScriptedProvider;
  close(): Promise<void>;
}

/** As docs/testing.md shows it: what the provider throws or breaks off is a connection that breaks. */
export function listenerFor(fetch: ScriptedProvider["fetch"]): RequestListener {
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

/** The scripted provider on a loopback socket: for Workers that run in a process of their own. */
export async function serveProvider(options: Omit<ScriptedProviderOptions, "apiUrl"> = {}): Promise<ProviderServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const provider = createScriptedProvider({ ...options, apiUrl: `http://127.0.0.1:${port}` });
  server.on("request", listenerFor(provider.fetch));
  return {
    provider,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
