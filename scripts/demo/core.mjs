// A door of `@edgeseal/core` as this Node can load it: straight from its sources, so no demo needs a build of the packages.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { cache, root } from "../workspace.mjs";

export async function loadCore(door = "index") {
  mkdirSync(cache, { recursive: true });
  const outfile = join(cache, `core-${door}-${process.pid}.mjs`);
  const entryPoints = [join(root, "packages", "core", "src", `${door}.ts`)];
  await build({
    entryPoints,
    outfile,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
  });
  return await import(pathToFileURL(outfile).href);
}
