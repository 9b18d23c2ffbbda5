import type { Auth, Background, Machine } from "@edgeseal/core";
import { meet, refuseConfig, renewStored } from "@edgeseal/core/adapter";
import { type Configured, configureAuth } from "./config.js";
import { exportedObjects, undeclaredObjects } from "./exported.js";
import type { Configure, Paths, WorkerAuthOptions } from "./options.js";
import { perEnv } from "./per-env.js";

/** Where `withAuth` finds what an `authFor` keeps for it. */
export const definition: unique symbol = Symbol("edgeseal.definition");

/** One auth per env, made once: `const authFor = defineAuth((env) => ({ … }))`, then `authFor(env)` anywhere. */
export interface AuthFor<E, Public extends Paths = Paths, Programs extends Paths = Paths, M extends Machine = never> {
  (env: E): Auth<M>;
  /** Also carries the paths to `withAuth`. @internal */
  readonly [definition]: Definition<E, Public, Programs, M>;
}

export interface Definition<E, Public extends Paths, Programs extends Paths, M extends Machine> {
  /** The one auth of this env with its guard. Rejects with `config_invalid`, or with what `configure` threw. */
  made(env: E, background: Background | undefined): Promise<Made<Public, Programs, M>>;
}

/** Settled values only: a promise of one request must never be awaited by another. */
interface Made<Public extends Paths, Programs extends Paths, M extends Machine> extends Configured<M> {
  readonly given: WorkerAuthOptions<Public, Programs, M>;
}

interface Slot<Public extends Paths, Programs extends Paths, M extends Machine> {
  made?: Made<Public, Programs, M>;
  auth?: Auth<M>;
}

/**
 * Auth from env, `configure` and the `ctx` that is passed as background. Nothing is read before the first call, and a
 * failure is not kept: the next request tries again.
 */
export function defineAuth<
  E = Cloudflare.Env,
  const Public extends Paths = readonly [],
  const Programs extends Paths = readonly [],
  M extends Machine = never,
>(configure: Configure<E, Public, Programs, M>): AuthFor<E, Public, Programs, M> {
  const slots = perEnv<Slot<Public, Programs, M>>(() => ({}));

  async function made(env: E, background: Background | undefined): Promise<Made<Public, Programs, M>> {
    const slot = slots(env);
    const exported = exportedObjects(background);
    // Made before a `ctx` showed what the Worker exports (a call without one): made anew, now complete.
    const isKept = (kept: Made<Public, Programs, M>) => kept.sawExports || exported === undefined;
    if (slot.made && isKept(slot.made)) return slot.made;
    const given = slot.made?.given ?? (await configure(env));
    // Two first requests may both come here: the first to finish is kept, so that there is one memo and one key cache.
    if (slot.made && isKept(slot.made)) return slot.made;
    slot.made = { given, ...configureAuth(env, given, exported) };
    warnOfUndeclared(undeclaredObjects(background, env));
    return slot.made;
  }

  function authFor(env: E): Auth<M> {
    const slot = slots(env);
    slot.auth ??= lazyAuth((background) => made(env, background));
    return slot.auth;
  }
  return Object.assign(authFor, { [definition]: { made } });
}

/** An `Auth` whose parts are made when it is first used: `configure` may be async, and only a `ctx` knows the ledger. */
function lazyAuth<M extends Machine>(made: (background?: Background) => Promise<Made<Paths, Paths, M>>): Auth<M> {
  const auth = async (background?: Background) => (await made(background)).auth;
  const inRouter = async (background?: Background) => {
    const parts = await made(background);
    refuseConfig(onlyForWithAuth(parts.given));
    return parts.auth;
  };
  return {
    validateRequest: async (request, background) => (await auth(background)).validateRequest(request, background),
    handler: async (request, background) => (await inRouter(background)).handler(request, background),
    login: async (request, options, background) => (await auth(background)).login(request, options, background),
    callback: async (request, background) => (await auth(background)).callback(request, background),
    exchangeCode: async (request, background) => (await auth(background)).exchangeCode(request, background),
    logout: async (request, options, background) => (await auth(background)).logout(request, options, background),
    switchOrganization: async (request, organizationId, background) =>
      (await auth(background)).switchOrganization(request, organizationId, background),
    refresh: async (request, background) => (await auth(background)).refresh(request, background),
    revoke: async (target, background) => (await auth(background)).revoke(target, background),
    sessions: async (request, background) => (await auth(background)).sessions(request, background),
    endSession: async (request, id, background) => (await auth(background)).endSession(request, id, background),
    endSessions: async (request, which, background) => (await auth(background)).endSessions(request, which, background),
    describe: async () => (await auth()).describe(),
    [renewStored]: async (record, background) => {
      const renew = (await auth(background))[renewStored];
      if (renew) return renew(record, background);
      refuseConfig(["Sessions lie in a `SessionObject`, and this configuration has no `store`."]);
      throw new TypeError("A problem is always refused.");
    },
    [meet]: async (request, options, background) => (await inRouter(background))[meet](request, options, background),
  };
}

/**
 * `withAuth` meets requests and answers our routes by the auth itself. Who does it by this one has a router, whose routes say
 * what they ask for: a guard that nobody asks would leave its route open.
 */
function onlyForWithAuth(given: WorkerAuthOptions<Paths, Paths, Machine>): readonly string[] {
  const names = (["publicPaths", "machines", "guards", "identityHeaders"] as const).filter(
    (name) => given[name] !== undefined,
  );
  return names.map(
    (name) => `\`${name}\` is an option for \`withAuth\`: in a router, put guards on its routes instead.`,
  );
}

/** Of this isolate. */
let warned = false;

/** Said once: everything works without them, only not as whoever exported them believes. */
function warnOfUndeclared(names: readonly string[]): void {
  if (warned || names.length === 0) return;
  warned = true;
  const cure = "but the wrangler configuration neither declares it under `exports` nor binds it, so it is not used.";
  // biome-ignore lint/suspicious/noConsole: it goes to whoever deploys
  console.warn(names.map((name) => `edgeseal: ${name} is exported, ${cure}`).join("\n"));
}
