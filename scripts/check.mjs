// `pnpm check`: everything that is not a test. One line per check, every problem below it, and at the end
// `N passed, N failed`.
import { checkDoors } from "./check-doors.mjs";
import { checkLayers } from "./check-layers.mjs";
import { checkSize } from "./check-size.mjs";
import { checkThreats } from "./check-threats.mjs";
import { checkGuide, checkReadmes, checkRecipe, checkSources, checkTracked } from "./check-tree.mjs";
import { checkPackages, checkPackedTypes, checkTypeTests, packAll } from "./packed.mjs";
import { selfTest } from "./self-test.mjs";
import { foldersWithScript, problemsOf } from "./workspace.mjs";

let packed = false;
const checks = [
  ["the checks themselves", selfTest],
  ["layers", () => checkLayers()],
  ["doors", () => checkDoors()],
  ["sources", () => checkSources()],
  ["tracked files", () => checkTracked()],
  ["code in documents", () => [...checkReadmes(), ...checkGuide(), ...checkRecipe()]],
  ["threats", () => checkThreats()],
  ["format and lint", () => problemsOf("biome", ["ci", "--colors=off", "--error-on-warnings", "."])],
  ["types", checkTypes],
  ["type tests", () => checkTypeTests()],
  ["build and pack", pack],
  ["type tests on the packed packages", ifPacked(checkPackedTypes)],
  ["packages", ifPacked(checkPackages)],
  ["size", ifPacked(checkSize)],
];

const counts = { passed: 0, failed: 0 };
for (const [name, check] of checks) {
  const started = Date.now();
  const { problems, notes } = await outcome(check);
  counts[problems.length === 0 ? "passed" : "failed"]++;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const said = notes.length > 0 ? `  ${notes.join(" · ")}` : "";
  console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)${said}`);
  for (const problem of problems) console.log(problem.replace(/^/gm, "       "));
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);

async function checkTypes() {
  const found = await Promise.all(
    foldersWithScript("types").map((cwd) => problemsOf("pnpm", ["run", "types"], { cwd })),
  );
  return found.flat();
}

async function pack() {
  const problems = await packAll();
  packed = problems.length === 0;
  return problems;
}

function ifPacked(check) {
  return () => (packed ? check() : ["Nothing was packed, so there was nothing to look at."]);
}

async function outcome(check) {
  try {
    const found = await check();
    return Array.isArray(found) ? { problems: found, notes: [] } : found;
  } catch (error) {
    // A check that breaks down has not passed, whatever broke.
    return { problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)], notes: [] };
  }
}
