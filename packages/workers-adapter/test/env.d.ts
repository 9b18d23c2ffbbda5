/// <reference types="@cloudflare/vitest-plugin/types" />

// What `wrangler types` would write for wrangler.jsonc.
declare namespace Cloudflare {
  interface Env {
    readonly AUTH_KV: KVNamespace;
    readonly LOGIN_LIMIT: RateLimit;
    readonly TEST_DB: D1Database;
    /** What `wrangler d1 migrations apply` would run. */
    readonly MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
  interface GlobalProps {
    mainModule: typeof import("./worker.js");
    durableNamespaces: "LedgerObject" | "RateLimitObject" | "RevocationObject" | "SessionsFromEnv" | "RenewingSessions";
  }
}
