import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createScriptedProvider, type ScriptedProvider, type ScriptedProviderOptions } from "./scripted-provider.js";

export interface ProviderServer {
  readonly provider: ScriptedProvider;
  close(): Promise<void>;
}

/** The scripted provider on a loopback socket: for Workers that run in a process of their own. */
export async function serveProvider(options: Omit<ScriptedProviderOptions, "apiUrl"> = {}): Promise<ProviderServer> {
  let provider: ScriptedProvider | undefined;
  const server = createServer(async (incoming, outgoing) => {
    try {
      if (!provider) throw new Error("not ready");
      const { method = "GET", url = "/" } = incoming;
      const body = method === "POST" ? { body: await text(incoming) } : {};
      const answer = await provider.fetch(new URL(url, provider.apiUrl).href, { method, ...body });
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
      outgoing.end(await answer.text());
    } catch {
      outgoing.destroy(); // a failure by script: the client sees a connection that broke
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  provider = await createScriptedProvider({ ...options, apiUrl: `http://127.0.0.1:${port}` });
  return {
    provider,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
