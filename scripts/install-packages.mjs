// `pnpm --filter ./examples/… start` in a fresh clone installs that example alone. It is built from the sources of
// packages/, which need their own dependencies: those are installed here when they are not there yet.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readPackages, run } from "./workspace.mjs";

if (!readPackages().every(({ folder }) => existsSync(join(folder, "node_modules")))) {
  const { code, output } = await run("pnpm", ["install", "--frozen-lockfile", "--prefer-offline"]);
  if (code !== 0) console.error(output);
  process.exitCode = code;
}
