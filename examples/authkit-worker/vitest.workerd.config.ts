import { randomBytes } from "node:crypto";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// The secrets that wrangler.jsonc requires; wrangler takes them from here as it does from `.dev.vars`.
process.env.SESSION_KEYS = `1:${randomBytes(32).toString("base64url")}`;
process.env.WORKOS_API_KEY = "sk_test_0123456789abcdef";
const bindings = { WORKOS_CLIENT_ID: "client_01TESTTESTTEST" };

export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.jsonc" }, miniflare: { bindings } })],
  test: { name: "authkit-worker", include: ["test/**/*.test.ts"] },
});
