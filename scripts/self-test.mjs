// A check that cannot fail proves nothing: each rule meets something that breaks it.
import { checkDoors } from "./check-doors.mjs";
import { checkLayers } from "./check-layers.mjs";
import { checkThreats } from "./check-threats.mjs";
import { checkGuide, checkReadme, checkRecipe, checkSources, checkTracked } from "./check-tree.mjs";

const core = "@edgeseal/core";
const adapter = "@edgeseal/workers-adapter";
const entries = {
  exports: { ".": "./src/index.ts" },
  publishConfig: { exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } } },
};

/** A package of the given files. */
function made(name, sources, manifest = {}) {
  const doors = { "index.ts": "", ...sources };
  return [{ manifest: { name, ...entries, ...manifest }, sources: new Map(Object.entries(doors)), tests: new Map() }];
}

const b = "export const b = 1;\n";
/** What is looked at, and a part of the problem that must be found in it; `null`: none may be. */
const cases = [
  [
    checkLayers(made(core, { "lib/base/a.ts": 'import type { B } from "../auth/b.js";\n', "lib/auth/b.ts": b })),
    "against the arrow",
  ],
  [
    checkLayers(made(core, { "lib/base/a.ts": 'export {\n  b,\n} from "../seal/b.js";\n', "lib/seal/b.ts": b })),
    "against the arrow",
  ],
  [
    checkLayers(made(core, { "lib/base/a.ts": 'let b: import("../seal/b.js").B;\n', "lib/seal/b.ts": b })),
    "against the arrow",
  ],
  [
    checkLayers(made(core, { "lib/auth/a.ts": 'import { b } from "../testing/b.js";\n', "lib/testing/b.ts": b })),
    "against the arrow",
  ],
  [checkLayers(made(core, { "lib/cellar/a.ts": b })), "lies in no room"],
  [checkLayers(made(core, { "lib/base/a.ts": 'import "../../index.js";\n' })), "imports the door"],
  [
    checkLayers(made(core, { "lib/base/a.ts": 'import "./b.js";\n', "lib/base/b.ts": 'import "./a.js";\n' })),
    "a circle of imports",
  ],
  [checkLayers(made(core, { "lib/base/a.ts": 'import { x } from "node:crypto";\n' })), "no dependency"],
  [checkLayers(made(core, { "lib/base/a.ts": 'import { x } from "cloudflare:workers";\n' })), "no dependency"],
  [checkLayers(made(core, { "lib/base/a.ts": 'import "./gone.js";\n' })), "not there"],
  [
    checkLayers(
      made(adapter, {
        "index.ts": 'export { a } from "./lib/a.js";\n',
        "lib/a.ts": 'import { x } from "cloudflare:workers";\n',
      }),
    ),
    "reaches",
  ],
  [
    checkLayers(
      made(adapter, {
        "durable-objects.ts": 'export { a } from "./lib/a.js";\n',
        "lib/a.ts": 'import { x } from "cloudflare:workers";\n',
      }),
    ),
    null,
  ],
  [
    checkLayers(
      made(core, {
        "lib/seal/a.ts": '// import { x } from "../auth/b.js";\nimport { b } from "../base/b.js";\n',
        "lib/base/b.ts": b,
      }),
    ),
    null,
  ],
  [checkDoors(made(core, { "index.ts": 'export * from "./lib/base/b.js";\n' }), {}), "more than re-exports"],
  [checkDoors(made(core, { "index.ts": b }), {}), "more than re-exports"],
  [
    checkDoors(made(core, { "index.ts": 'export { a } from "./lib/base/b.js";\n' }), { [core]: [] }),
    "exports a: not in doors.json",
  ],
  [checkDoors(made(core, {}), { [core]: ["a"] }), "no longer exports a"],
  [checkDoors(made(core, { "seal.ts": "" }), { [core]: [] }), 'exports must name "./seal"'],
  [checkDoors(made(core, {}, { exports: { ...entries.exports, "./gone": "./src/gone.ts" } }), {}), "has no door"],
  [
    checkDoors(made(core, { "index.ts": '// why\nexport type { A } from "./lib/base/b.js";\n' }), {
      [core]: ["type A"],
    }),
    null,
  ],
  [checkSources(made(core, { "lib/base/a.ts": "\n".repeat(301) })), "301 lines"],
  [checkSources(made(core, { "lib/base/a.ts": "export let a: any;\n" })), "weak spot"],
  [checkSources(made(core, { "lib/base/a.ts": "// many people say to do it\n" })), null],
  [await checkTracked([["a.md", `see ${["", "home", "me", "notes"].join("/")}`]]), "names a machine"],
  [await checkTracked([["a.md", "see packages/core/src/lib/base and /auth/login"]]), null],
  [checkReadme("README.md", "# X\n\n```ts\nconst invented = 1;\n```\n"), "no file of type-tests/uses"],
  [checkGuide("# X\n\n```ts\nconst invented = 1;\n```\n"), "nothing runs"],
  [checkRecipe("# X\n\n```tsx\nconst invented = 1;\n```\n"), "does not hold"],
  [await checkThreats("", [["a.test.ts", 'test("XY-01 a door", () => {});\n']]), "which THREATS.md lacks"],
  [await checkThreats("| XY-01 | a door | locked |\n", [["a.test.ts", "// XY-01\n"]]), "which no test carries"],
  [await checkThreats("| XY-01 | a door |  |\n", [["a.test.ts", 'test("XY-01");\n']]), "says nothing"],
  [await checkThreats("| XY-01 | a | b |\n| XY-01 | c | d |\n", [["a.test.ts", 'test("XY-01");\n']]), "two rows"],
  [await checkThreats("| XY-01 | a door | locked |\n", [["a.test.ts", 'test("XY-01 a door");\n']]), null],
];

export function selfTest() {
  return cases.flatMap(([problems, expected], at) => {
    if (expected === null) return problems.map((problem) => `case ${at + 1} must pass, but: ${problem}`);
    if (problems.some((problem) => problem.includes(expected))) return [];
    return [`case ${at + 1} must find "${expected}", but found: ${problems.join("; ") || "nothing"}`];
  });
}
