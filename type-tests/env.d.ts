// What `wrangler types` writes for a Worker that has every binding.
interface Env {
  SESSION_KEYS: string;
  WORKOS_CLIENT_ID: string;
  WORKOS_API_KEY: string;
  WORKOS_REDIRECT_URI: string;
  WORKOS_WEBHOOK_SECRET: string;
  OIDC_CLIENT_ID: string;
  OIDC_CLIENT_SECRET: string;
  AUTH_KV: KVNamespace;
  AUTH_DB: D1Database;
  AUTH_LIMITS: DurableObjectNamespace;
  AUTH_REVOCATION: DurableObjectNamespace<import("@edgeseal/workers-adapter/durable-objects").RevocationObject>;
  AUTH_SESSIONS: DurableObjectNamespace<import("./uses/sessions.js").SessionObject>;
  LOGIN_LIMIT: RateLimit;
  AUDIT_QUEUE: Queue;
  PEOPLE: D1Database;
  IDENTITY_KEY: string;
  IDENTITY_KEYS: string;
  PROJECTS: Fetcher;
  DESCOPE_PROJECT_ID: string;
}
declare namespace Cloudflare {
  interface Env extends globalThis.Env {}
  interface GlobalProps {
    mainModule: typeof import("./uses/new-worker.js");
    durableNamespaces: "LedgerObject";
  }
}
