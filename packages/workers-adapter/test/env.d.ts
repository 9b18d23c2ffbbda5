/// <reference types="@cloudflare/vitest-plugin/types" />

// What `wrangler types` would write for wrangler.jsonc.
declare namespace Cloudflare {
  interface Env {
    readonly AUTH_KV: KVNamespace;
    readonly LOGIN_LIMIT: RateLimit;
  }
  interface GlobalProps {
    mainModule: typeof import("./worker.js");
    durableNamespaces: "LedgerObject" | "RateLimitObject";
  }
}
