import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Texts of the Wycheproof files by name; `null` where `WYCHEPROOF_DIR` is not set. */
    wycheproof: Readonly<Record<string, string>> | null;
  }
}

/** Runs in Node and hands files to tests that may run inside workerd. */
export default function setup(project: TestProject): void {
  project.provide("wycheproof", readWycheproof(process.env.WYCHEPROOF_DIR));
}

function readWycheproof(folder: string | undefined): Readonly<Record<string, string>> | null {
  if (folder === undefined || folder === "") return null;
  if (!existsSync(folder)) throw new Error("WYCHEPROOF_DIR names a folder that does not exist.");
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
