// The packages as npm would install them: built, packed, unpacked into a folder of their own.
import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { cache, problemsOf, readPackages, root, run } from "./workspace.mjs";

const folder = join(cache, "packed");
/** A project that has installed the tarballs and what its own sources need. */
export const consumer = join(folder, "consumer");

export function tarballOf(manifest) {
  return join(folder, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
}

/** Builds and packs every package and lays out `consumer`. Gives problems. */
export async function packAll() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const problems = await problemsOf("pnpm", ["run", "build"]);
  for (const { folder: source, manifest } of problems.length === 0 ? readPackages() : []) {
    problems.push(...(await problemsOf("pnpm", ["pack", "--pack-destination", folder], { cwd: source })));
    const target = join(consumer, "node_modules", manifest.name);
    mkdirSync(target, { recursive: true });
    problems.push(...(await problemsOf("tar", ["-xzf", tarballOf(manifest), "-C", target, "--strip-components=1"])));
    for (const name of Object.keys(manifest.dependencies ?? {})) link(join(source, "node_modules", name), name);
  }
  link(join(root, "type-tests", "node_modules", "@workos-inc", "node"), "@workos-inc/node");
  link(join(root, "type-tests", "node_modules", "hono"), "hono");
  link(join(root, "node_modules", "@cloudflare", "workers-types"), "@cloudflare/workers-types");
  return problems;
}

function link(from, name) {
  if (name.startsWith("@edgeseal/")) return;
  const to = join(consumer, "node_modules", name);
  mkdirSync(dirname(to), { recursive: true });
  rmSync(to, { recursive: true, force: true });
  symlinkSync(from, to);
}

/** The type tests against the declarations that ship. */
export async function checkPackedTypes() {
  const from = join(root, "type-tests");
  const to = join(consumer, "type-tests");
  cpSync(from, to, { recursive: true, filter: (path) => !path.includes("node_modules") });
  cpSync(join(root, "tsconfig.base.json"), join(consumer, "tsconfig.base.json"));
  return await checkTypeTests(to);
}

/** Three programs: Workers types, DOM types alone, and a closed list of permission names. */
export async function checkTypeTests(at = join(root, "type-tests")) {
  const programs = ["tsconfig.json", "tsconfig.dom.json", "tsconfig.permissions.json"];
  const found = await Promise.all(programs.map((program) => problemsOf("tsc", ["-p", join(at, program)], { cwd: at })));
  return found.flat();
}

/** Whether the tarballs say the truth about themselves to every tool that reads them. */
export async function checkPackages() {
  const found = await Promise.all(
    readPackages().map(async ({ manifest }) => {
      const name = manifest.name;
      const unpacked = join(consumer, "node_modules", name);
      const listing = (await run("tar", ["-tzf", tarballOf(manifest)])).output.split("\n");
      const missing = ["package/README.md", "package/LICENSE"].filter((path) => !listing.includes(path));
      const stray = listing.filter((path) => /\.test\.|\/src\/|\.tsbuildinfo$/.test(path));
      return [
        ...missing.map((path) => `${name}: the tarball has no ${path}`),
        ...stray.map((path) => `${name}: the tarball carries ${path}`),
        ...(await problemsOf("publint", ["run", unpacked, "--strict", "--pack", "false"])),
        ...(await problemsOf("attw", [tarballOf(manifest), "--profile", "esm-only", "--no-emoji"])),
      ];
    }),
  );
  return found.flat();
}
