import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { createEmulator } from "workos/emulate";
import { startOpenidProvider } from "./openid-provider.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Texts of the Wycheproof files by name; `null` where `WYCHEPROOF_DIR` is not set. */
    wycheproof: Readonly<Record<string, string>> | null;
    /** OpenID providers by what they sign with. */
    openidProviders: Readonly<Record<"RS256" | "ES256", string>>;
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
  return async () => {
    await Promise.all([emulator.close(), rsa.close(), ec.close()]);
  };
}

function readWycheproof(folder: string | undefined): Readonly<Record<string, string>> | null {
  if (folder === undefined || folder === "") return null;
  if (!existsSync(folder)) throw new Error("WYCHEPROOF_DIR names a folder that does not exist.");
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
