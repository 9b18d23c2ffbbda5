// `pnpm soak [seconds]`: traffic over four isolates while everything around them fails, 300 s by default, and what came of it.
import { startVitest } from "vitest/node";

const [given = "300"] = process.argv.slice(2);
const seconds = Number(given);
// A key set holds 32 keys at most, and here one is added every 20 seconds.
if (!Number.isInteger(seconds) || seconds < 20 || seconds > 600) {
  console.error("pnpm soak [seconds]: whole seconds from 20 to 600.");
  process.exit(2);
}
process.env.SOAK_SECONDS = String(seconds);
const vitest = await startVitest("test", ["packages/workers-adapter/test/soak.test.ts"], { watch: false });
const ran = vitest.state.getFiles().flatMap(({ tasks }) => tasks).length > 0;
const passed = ran && vitest.state.getCountOfFailedTests() === 0 && vitest.state.getUnhandledErrors().length === 0;
await vitest.close();
process.exit(passed ? 0 : 1);
