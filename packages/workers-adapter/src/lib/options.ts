import type { AuthOptions, Machine } from "@edgeseal/core";
import type { RouteGuards } from "@edgeseal/core/adapter";

/** The names we read from env. Everything may be absent; `configure` overrides. */
export interface AuthEnv {
  readonly SESSION_KEYS?: string;
  readonly WORKOS_CLIENT_ID?: string;
  readonly WORKOS_API_KEY?: string;
  readonly WORKOS_REDIRECT_URI?: string;
  /** One issuer or a comma-separated list. Default: the forms WorkOS uses for this client id. */
  readonly WORKOS_ISSUER?: string;
  /** Default `https://api.workos.com`. */
  readonly WORKOS_API_URL?: string;
  /** Shared copy of the provider's keys. */
  readonly AUTH_KV?: KVNamespace;
  /** Where events go, where `audit` is not given. Its table comes from `migrations/` of this package. */
  readonly AUTH_DB?: D1Database;
  /** Overrides `ctx.exports.LedgerObject`. */
  readonly AUTH_LEDGER?: DurableObjectNamespace;
  /**
   * Overrides `ctx.exports.RateLimitObject`. Where either is there and `policies` names no rate limit, our own routes are
   * limited: per minute and client 10 calls of `token`, 20 of `switch-org`, 30 of `refresh`.
   */
  readonly AUTH_LIMITS?: DurableObjectNamespace;
  /**
   * Overrides `ctx.exports.SessionObject`. Where either is there and `store` is not given, sessions lie in that object, one for
   * each person, and cookies hold an id.
   */
  readonly AUTH_SESSIONS?: DurableObjectNamespace;
}

export type Paths = readonly `/${string}`[];

/** All optional: what is not given comes from env. */
export type WorkerAuthOptions<
  Public extends Paths = Paths,
  Programs extends Paths = readonly [],
  M extends Machine = never,
> = {
  readonly [Name in keyof AuthOptions<M>]?: AuthOptions<M>[Name];
} & {
  /** Everything else needs a session. `/assets/*` is a prefix. With public paths the handler meets visitors without one. */
  readonly publicPaths?: Public;
  /**
   * Where programs come in as well (`bearer`): `/api/*`. There the handler meets visitors in the state `machine`. Everywhere
   * else they get 403, on public paths, too. Default: nowhere.
   */
  readonly machines?: Programs;
  /**
   * What a session alone is not enough for: `{ "/admin/*": { role: "admin" }, "/orgs/:org/*": { organization: "org" } }`.
   * 403 for whoever lacks something. Every guard that covers a path counts, on public paths, too. Default: none.
   */
  readonly guards?: RouteGuards;
  /**
   * The handler's request says who asks: `X-User-ID`, `X-Tenant-ID`, `X-User-Role`, `X-User-Permissions`, and every such
   * header that a client sent is gone, on public paths, too. For code that reads headers. Default `false`: headers are the
   * client's own.
   */
  readonly identityHeaders?: boolean;
};

/** May be async (a Secrets Store). Runs once per env and isolate, or a few times when first requests come together. */
export type Configure<E, Public extends Paths, Programs extends Paths, M extends Machine> = (
  env: E,
) => WorkerAuthOptions<Public, Programs, M> | Promise<WorkerAuthOptions<Public, Programs, M>>;
