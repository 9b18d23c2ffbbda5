import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "core (Node)",
    include: ["src/**/*.test.ts"],
    setupFiles: ["./test/canary.ts"],
    globalSetup: ["./test/global-setup.ts"],
    // Some count to a hundred thousand, which takes seconds where every project runs at once. None measures time.
    testTimeout: 30_000,
  },
});
