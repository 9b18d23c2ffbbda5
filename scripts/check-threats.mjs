// Every id that a test carries has one row in THREATS.md, and every row has a test.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./workspace.mjs";

const ID = /\b[A-Z]{2}-\d{2}\b/g;
const ROW = /^\| ([A-Z]{2}-\d{2}) \| (.*) \| (.*) \|$/gm;

/** @param tests text by path; by default every tracked test */
export async function checkThreats(threats = readFileSync(join(root, "THREATS.md"), "utf8"), tests = undefined) {
  const problems = [];
  const rows = new Set();
  for (const [, id, threat, defence] of threats.matchAll(ROW)) {
    if (rows.has(id)) problems.push(`THREATS.md has two rows for ${id}`);
    if (threat.trim() === "" || defence.trim() === "") problems.push(`THREATS.md says nothing of ${id}`);
    rows.add(id);
  }
  const carried = new Map();
  for (const [path, text] of tests ?? (await readTests())) {
    for (const [id] of withoutComments(text).matchAll(ID)) if (!carried.has(id)) carried.set(id, path);
  }
  for (const [id, path] of carried) if (!rows.has(id)) problems.push(`${path} carries ${id}, which THREATS.md lacks`);
  for (const id of rows) if (!carried.has(id)) problems.push(`THREATS.md names ${id}, which no test carries`);
  return problems;
}

function withoutComments(text) {
  return text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
}

async function readTests() {
  const { output } = await run("git", ["ls-files", "--", "*.test.ts", "*.test.tsx"]);
  const paths = output.split("\n").filter((path) => path !== "" && existsSync(join(root, path)));
  return paths.map((path) => [path, readFileSync(join(root, path), "utf8")]);
}
