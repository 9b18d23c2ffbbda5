import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.jsonc" } })],
  test: { name: "workers-adapter (workerd)", include: ["src/**/*.test.ts"], setupFiles: ["../core/test/canary.ts"] },
});
