// Bindings are handed over as they are: each one fits its port without a wrapper.
import type {
  AuditSink,
  Background,
  KeyValueStore,
  Ledger,
  Provider,
  RateLimiter,
  RevocationStore,
  Runtime,
} from "@edgeseal/core";
import { parseSessionKeys } from "@edgeseal/core";
import { workos } from "@edgeseal/core/providers/workos";
import { defineAuth, exactLimiter } from "@edgeseal/workers-adapter";
import type { LedgerObject, RateLimitObject, RevocationObject } from "@edgeseal/workers-adapter/durable-objects";
import { WorkOS } from "@workos-inc/node";

declare const env: Env;
declare const ctx: ExecutionContext;
declare const namespace: DurableObjectNamespace<LedgerObject>;
declare const limits: DurableObjectNamespace<RateLimitObject>;
declare const revocations: DurableObjectNamespace<RevocationObject>;
declare const secret: SecretsStoreSecret;

export const keyCache: KeyValueStore = env.AUTH_KV;
export const audit: AuditSink = env.AUDIT_QUEUE;
export const background: Background = ctx;
export const bound: Ledger = namespace;
export const exported: Ledger = ctx.exports.LedgerObject;
export const approximate: RateLimiter = env.LOGIN_LIMIT;
export const exact: RateLimiter = exactLimiter(limits, { limit: 10, periodSeconds: 60 });
export const untyped: RateLimiter = exactLimiter(env.AUTH_LIMITS, { limit: 10, periodSeconds: 60 });
export const endings: RevocationStore = revocations;
export const platformFetch: Runtime["fetch"] = fetch;
export const sdk: Provider = workos({
  client: new WorkOS({ apiKey: "sk_example", clientId: "client_example" }),
  clientId: "client_example",
  redirectUri: "https://app.example.com/auth/callback",
});
export const authFor = defineAuth(async () => ({ keyring: parseSessionKeys(await secret.get()) }));
