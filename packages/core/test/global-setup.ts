import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createEmulator as createOpenidEmulator, type Emulator } from "emulate";
import type { TestProject } from "vitest/node";
import { createEmulator } from "workos/emulate";
import { startOpenidProvider } from "./openid-provider.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Texts of the Wycheproof files by name; `null` where `WYCHEPROOF_DIR` is not set. */
    wycheproof: Readonly<Record<string, string>> | null;
    /** OpenID providers by what they sign with. */
    openidProviders: Readonly<Record<"RS256" | "ES256", string>>;
    /** Issuers at emulators of well-known providers. */
    openidEmulators: Readonly<Record<"google" | "microsoft" | "okta", string>>;
    /** The official WorkOS emulator, one per project. It answers 1,000 requests a minute, then 429. */
    workosEmulator: { readonly url: string; readonly apiKey: string };
  }
}

/** Runs in Node and hands files and servers to tests that may run inside workerd. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide("wycheproof", readWycheproof(process.env.WYCHEPROOF_DIR));
  const emulator = await createEmulator({
    port: 0,
    seed: {
      users: [
        { email: "ada@example.com", first_name: "Ada", last_name: "Lovelace" },
        { email: "bob@example.com", first_name: "Bob" },
      ],
      organizations: [{ name: "Analytical Engines" }, { name: "Difference Engines" }],
    },
  });
  project.provide("workosEmulator", { url: emulator.url, apiKey: emulator.apiKey });
  const [rsa, ec] = await Promise.all([startOpenidProvider("RS256"), startOpenidProvider("ES256")]);
  project.provide("openidProviders", { RS256: rsa.url, ES256: ec.url });
  const [google, microsoft, okta] = await startOpenidEmulators();
  project.provide("openidEmulators", {
    google: google.url,
    microsoft: `${microsoft.url}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0`,
    okta: `${okta.url}/oauth2/default`,
  });
  return async () => {
    await Promise.all([emulator, rsa, ec, google, microsoft, okta].map((server) => server.close()));
  };
}

/** Each lets in whoever is chosen on its page. Only Okta's knows its clients. */
function startOpenidEmulators(): Promise<[google: Emulator, microsoft: Emulator, okta: Emulator]> {
  const client = {
    client_id: "web",
    client_secret: "web-secret-1",
    name: "Web",
    redirect_uris: ["https://app.example.com/auth/callback"],
  };
  return Promise.all([
    createOpenidEmulator({ service: "google", port: 0 }),
    createOpenidEmulator({ service: "microsoft", port: 0 }),
    createOpenidEmulator({ service: "okta", port: 0, seed: { okta: { oauth_clients: [client] } } }),
  ]);
}

function readWycheproof(folder: string | undefined): Readonly<Record<string, string>> | null {
  if (folder === undefined || folder === "") return null;
  if (!existsSync(folder)) throw new Error("WYCHEPROOF_DIR names a folder that does not exist.");
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
