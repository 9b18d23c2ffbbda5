import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { listenerFor } from "./provider-listener.js";
import { createScriptedProvider, type ScriptedProvider, type ScriptedProviderOptions } from "./scripted-provider.js";

export interface ProviderServer {
  readonly provider: ScriptedProvider;
  close(): Promise<void>;
}

/** The scripted provider on a loopback socket: for Workers that run in a process of their own. */
export async function serveProvider(options: Omit<ScriptedProviderOptions, "apiUrl"> = {}): Promise<ProviderServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const provider = createScriptedProvider({ ...options, apiUrl: `http://127.0.0.1:${port}` });
  server.on("request", listenerFor(provider));
  return {
    provider,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
