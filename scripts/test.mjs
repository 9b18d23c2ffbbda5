// `pnpm test [filter …]`: every project's tests, on Node and inside workerd. Ends with `N passed, N failed[, N skipped]`.
import { startVitest } from "vitest/node";

// Vitest looks for a debugger that workerd does not have at our compatibility date, once per file, and says so.
const inspectorNoise =
  /^(\[vitest-plugin\] "node:inspector"|Fallback service failed to fetch module;.*node%3Ainspector)/;
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk, ...rest) => inspectorNoise.test(String(chunk)) || write(chunk, ...rest);
}

const count = { passed: 0, failed: 0, skipped: 0 };
const counter = {
  onTestRunEnd(modules, unhandledErrors) {
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // A test that never finished counts as failed.
        count[state === "passed" || state === "skipped" ? state : "failed"]++;
      }
      // A file that does not load holds no test that could fail.
      count.failed += module.errors().length;
    }
    count.failed += unhandledErrors.length;
  },
};

const vitest = await startVitest("test", process.argv.slice(2), { watch: false, reporters: ["dot", counter] });
await vitest.close();

if (count.passed + count.failed === 0) {
  console.error("No test ran.");
  count.failed++;
}
console.log(`${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ""}`);
process.exit(count.failed === 0 ? 0 : 1);
