// Doors re-export by name and hold nothing else; what they name is written down in doors.json, so that nothing becomes
// public by accident. After a change that is meant: `node scripts/check-doors.mjs --write`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPackages, root } from "./workspace.mjs";

const reportPath = join(root, "scripts", "doors.json");
const NAMED_EXPORT = /export (type )?\{([^}]*)\} from "[^"]+";/g;

export function checkDoors(packages = readPackages(), report = JSON.parse(readFileSync(reportPath, "utf8"))) {
  const problems = [];
  const seen = readDoors(packages);
  for (const { manifest, sources } of packages) {
    for (const [path, text] of doorFiles(sources)) {
      const rest = withoutComments(text).replace(NAMED_EXPORT, "").trim();
      if (rest !== "") problems.push(`${manifest.name}: the door ${path} holds more than re-exports by name: ${rest}`);
    }
    problems.push(...checkEntries(manifest, sources));
  }
  for (const name of new Set([...Object.keys(seen), ...Object.keys(report)])) {
    const is = seen[name] ?? [];
    const was = report[name] ?? [];
    problems.push(
      ...is.filter((item) => !was.includes(item)).map((item) => `${name} exports ${item}: not in doors.json`),
    );
    problems.push(...was.filter((item) => !is.includes(item)).map((item) => `${name} no longer exports ${item}`));
  }
  return problems;
}

/** The entries of `exports` and of `publishConfig.exports` are the doors, each with its types first. */
function checkEntries(manifest, sources) {
  const problems = [];
  const published = manifest.publishConfig?.exports ?? {};
  const doors = [...doorFiles(sources).keys()];
  for (const path of doors) {
    const entry = entryOf(path);
    const built = `./dist/${path.slice(0, -".ts".length)}`;
    if (manifest.exports?.[entry] !== `./src/${path}`) problems.push(`exports must name "${entry}": ./src/${path}`);
    const expected = JSON.stringify({ types: `${built}.d.ts`, default: `${built}.js` });
    if (JSON.stringify(published[entry]) !== expected)
      problems.push(`publishConfig.exports must give "${entry}" as ${expected}`);
  }
  const entries = new Set([...Object.keys(manifest.exports ?? {}), ...Object.keys(published)]);
  for (const entry of entries) {
    if (!doors.some((path) => entryOf(path) === entry)) problems.push(`the entry "${entry}" has no door`);
  }
  return problems.map((problem) => `${manifest.name}: ${problem}`);
}

function readDoors(packages) {
  const doors = {};
  for (const { manifest, sources } of packages) {
    for (const [path, text] of doorFiles(sources)) {
      const names = [...withoutComments(text).matchAll(NAMED_EXPORT)].flatMap(([, isType, list]) =>
        list
          .split(",")
          .map((item) => item.trim().replace(/^(type )?.* as /, "$1"))
          .filter((item) => item !== "")
          .map((item) => (isType && !item.startsWith("type ") ? `type ${item}` : item)),
      );
      doors[manifest.name + entryOf(path).slice(1)] = names.sort();
    }
  }
  return doors;
}

function doorFiles(sources) {
  return new Map([...sources].filter(([path]) => !path.startsWith("lib/")));
}

function entryOf(path) {
  return path === "index.ts" ? "." : `./${path.slice(0, -".ts".length)}`;
}

function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}

if (process.argv[1] === import.meta.filename && process.argv.includes("--write")) {
  writeFileSync(reportPath, `${JSON.stringify(readDoors(readPackages()), null, 2)}\n`);
}
