// What the checks share: where the packages are, how their files import each other, and running another program.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const cache = join(root, "node_modules", ".cache", "edgeseal");

/** Every published package: folder, `package.json`, and its sources by path below `src/` (tests apart). */
export function readPackages() {
  const folders = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name));
  return folders.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const all = readTree(join(folder, "src"));
    const isTest = ([path]) => path.endsWith(".test.ts");
    return {
      folder,
      manifest,
      sources: new Map([...all].filter((file) => !isTest(file))),
      tests: new Map([...all].filter(isTest)),
    };
  });
}

/** Folders of packages and examples that have a script of this name. */
export function foldersWithScript(script) {
  const groups = ["packages", "examples"].map((name) => join(root, name));
  const folders = groups.flatMap((group) => readdirSync(group).map((name) => join(group, name)));
  return folders.filter((folder) => {
    const manifest = join(folder, "package.json");
    return existsSync(manifest) && script in (JSON.parse(readFileSync(manifest, "utf8")).scripts ?? {});
  });
}

function readTree(folder) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".ts"));
  return new Map(names.sort().map((name) => [name.split(sep).join("/"), readFileSync(join(folder, name), "utf8")]));
}

/**
 * What a file imports or re-exports, types included. Statements are found at the start of a line, where the formatter
 * keeps them, so examples inside comments and texts inside code are not taken for imports.
 */
export function importsOf(text) {
  const statement = /^(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|^import\s*["']([^"']+)["']/gm;
  const expression = /^(?!\s*(?:\/\/|\*|\/\*)).*?\bimport\(\s*["']([^"']+)["']\s*\)/gm;
  return [...text.matchAll(statement), ...text.matchAll(expression)].map(([, a, b]) => a ?? b);
}

/** The path below `src/` that a relative specifier of a file names; `null` for the name of a package. */
export function resolveImport(from, specifier) {
  if (!specifier.startsWith(".")) return null;
  return relative("/", join("/", dirname(from), specifier.replace(/\.js$/, ".ts")))
    .split(sep)
    .join("/");
}

/** Runs a program of the workspace (by its name in `node_modules/.bin`, or `pnpm`); never throws for its exit code. */
export function run(program, args, options = {}) {
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...options.env };
  const command = ["git", "pnpm", "tar"].includes(program) ? program : join(root, "node_modules", ".bin", program);
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: options.cwd ?? root, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => resolve({ code: 1, output: `${program}: ${error.message}` }));
    child.on("close", (code) => resolve({ code: code ?? 1, output: output.trim() }));
  });
}

/** The output of a program as problems: nothing when it exits with 0, else its lines. */
export async function problemsOf(program, args, options) {
  const { code, output } = await run(program, args, options);
  if (code === 0) return [];
  return [output === "" ? `${program} ${args.join(" ")} ended with ${code}` : output];
}
