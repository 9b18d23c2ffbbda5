import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: "./wrangler.jsonc" },
      miniflare: {
        bindings: { MIGRATIONS: await readD1Migrations(fileURLToPath(new URL("./migrations", import.meta.url))) },
      },
    })),
  ],
  test: {
    name: "workers-adapter (workerd)",
    include: ["src/**/*.test.ts"],
    setupFiles: ["../core/test/canary.ts"],
    testTimeout: 30_000,
  },
});
