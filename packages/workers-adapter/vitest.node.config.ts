import { defineConfig } from "vitest/config";

// Workers in processes of their own, driven from Node: what one isolate cannot show. And what runs on Node itself.
export default defineConfig({
  test: {
    name: "workers-adapter (Node)",
    include: ["test/**/*.test.ts", "src/lib/hono-{middleware,guards,callers}.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
