import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "core (Node)",
    include: ["src/**/*.test.ts"],
    setupFiles: ["./test/canary.ts"],
    globalSetup: ["./test/global-setup.ts"],
  },
});
