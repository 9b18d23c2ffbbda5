// Rules for the tracked files that no other tool knows.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readPackages, root, run } from "./workspace.mjs";

const MAX_LINES = 300;
/** `: any` in a sentence is none, as long as a comment holds no code. */
const WEAK =
  /^(?!\s*(?:\*|\/\*\*)).*:\s*any\b|\bas any\b|<any>|@ts-(?:ignore|nocheck)|\.only\(|\.skip\(|\b(?:TODO|FIXME)\b/;
/** Folders of somebody's machine, and hosts packages came from. Put together here so that this file passes itself. */
const MACHINE = new RegExp(
  [`(?<![\\w./-])/(?:${["home", "root", "Users", "work", "farm"].join("|")})/`, "registry\\.npm", "deb\\.debian"].join(
    "|",
  ),
);

/** Sources are short, hold no weak spots, and tests need nothing of Node: the same files run inside workerd. */
export function checkSources(packages = readPackages()) {
  const problems = [];
  for (const { manifest, sources, tests } of packages) {
    for (const [path, text] of sources) {
      const lines = text.split("\n").length - 1;
      if (lines > MAX_LINES)
        problems.push(`${manifest.name}: ${path} has ${lines} lines; above ${MAX_LINES} it is two ideas`);
    }
    for (const [path, text] of [...sources, ...tests]) {
      text.split("\n").forEach((line, at) => {
        if (WEAK.test(line)) problems.push(`${manifest.name}: ${path}:${at + 1} has a weak spot: ${line.trim()}`);
      });
      if (/from ["']node:/.test(text)) problems.push(`${manifest.name}: ${path} imports a module of Node`);
    }
  }
  return problems;
}

/** @param files text by path; by default every tracked file but the lock file */
export async function checkTracked(files) {
  const problems = [];
  for (const [path, text] of files ?? (await readTracked())) {
    text.split("\n").forEach((line, at) => {
      if (MACHINE.test(line))
        problems.push(`${path}:${at + 1} names a machine or a registry: ${line.trim().slice(0, 120)}`);
    });
  }
  return problems;
}

/** The TypeScript that a README shows is TypeScript that compiles: each block stands in a file of type-tests/uses. */
export function checkReadme(path, readme = read(path)) {
  const uses = readdirSync(join(root, "type-tests", "uses")).map((name) => `type-tests/uses/${name}`);
  return blocksOutside(readme, uses).map(
    (line) => `${path} shows code that no file of type-tests/uses holds, beginning: ${line}`,
  );
}

/** The one of the repository, and those that npm shows. */
export function checkReadmes() {
  const folders = readdirSync(join(root, "packages"));
  return ["README.md", ...folders.map((name) => `packages/${name}/README.md`)].flatMap((path) => checkReadme(path));
}

const TESTED = [
  "examples/authkit-worker/test/worker.test.ts",
  "examples/authkit-worker/vitest.workerd.config.ts",
  "packages/workers-adapter/test/provider-listener.ts",
];

/** The tests that the guide to testing shows are tests that run. */
export function checkGuide(guide = read("docs/testing.md")) {
  return blocksOutside(guide, TESTED).map((line) => `docs/testing.md shows code that nothing runs, beginning: ${line}`);
}

const RECIPE = "docs/recipes/react-router.md";
const PROGRAM = ["workers/app.ts", "app/session.server.ts", "app/routes/account.tsx"];

/** The recipe that CI runs shows files of the example; a first line that names a file is not part of it. */
export function checkRecipe(recipe = read(RECIPE)) {
  const paths = PROGRAM.map((name) => `examples/react-router/${name}`);
  return blocksOutside(recipe.replace(/^\/\/ \S+\.tsx?\n/gm, ""), paths).map(
    (line) => `${RECIPE} shows code that examples/react-router does not hold, beginning: ${line}`,
  );
}

/** First lines of those blocks that stand in none of the files, however deep they are indented there. */
function blocksOutside(markdown, paths) {
  const texts = paths.map((path) => withoutIndent(read(path)));
  const blocks = [...markdown.matchAll(/^```tsx?\n([\s\S]*?)^```/gm)].map(([, block]) => block.trim());
  return blocks
    .filter((block) => !texts.some((text) => text.includes(withoutIndent(block))))
    .map((block) => block.split("\n")[0]);
}

function withoutIndent(text) {
  return text.replace(/^[ \t]+/gm, "");
}

function read(path) {
  return readFileSync(join(root, path), "utf8");
}

async function readTracked() {
  const { output } = await run("git", ["ls-files"]);
  const paths = output.split("\n").filter((path) => path !== "pnpm-lock.yaml" && existsSync(join(root, path)));
  return paths.map((path) => [path, readFileSync(join(root, path), "utf8")]);
}
