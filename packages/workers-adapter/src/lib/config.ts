import {
  type AuditSink,
  type Auth,
  createAuth,
  isAuthError,
  type Keyring,
  type KeyValueStore,
  type Ledger,
  type Machine,
  type Policies,
  type Provider,
  parseSessionKeys,
} from "@edgeseal/core";
import { createGuard, type Guard, otherAuthProblems, refuseConfig } from "@edgeseal/core/adapter";
import { workos } from "@edgeseal/core/providers/workos";
import type { SessionStore } from "@edgeseal/core/store";
import { auditClient } from "./audit-client.js";
import { clientAddress } from "./client-address.js";
import { d1Audit } from "./d1-audit.js";
import { type Exported, isNamespace } from "./exported.js";
import { field } from "./field.js";
import type { AuthEnv, Paths, WorkerAuthOptions } from "./options.js";
import { ownLimits } from "./own-limits.js";
import { broughtStore } from "./store-code.js";

const OPTION_NAMES = {
  keyring: true,
  provider: true,
  cookie: true,
  realm: true,
  keyCache: true,
  bearer: true,
  audit: true,
  auditClient: true,
  ledger: true,
  onLogin: true,
  onLoginFailure: true,
  routePrefix: true,
  relay: true,
  refresh: true,
  lifetime: true,
  legacy: true,
  revocation: true,
  store: true,
  receivers: true,
  nativeClients: true,
  sso: true,
  policies: true,
  clientAddress: true,
  fetch: true,
  now: true,
  publicPaths: true,
  machines: true,
  guards: true,
  identityHeaders: true,
} as const satisfies Record<keyof WorkerAuthOptions, true>;

/** How the options of `workos` are called for somebody who only ever sees env. */
const VARIABLES = {
  clientId: "WORKOS_CLIENT_ID",
  apiKey: "WORKOS_API_KEY",
  redirectUri: "WORKOS_REDIRECT_URI",
  issuer: "WORKOS_ISSUER",
  apiUrl: "WORKOS_API_URL",
} as const satisfies Record<string, keyof AuthEnv>;

type AnyOptions = WorkerAuthOptions<Paths, Paths, Machine>;
type Variables = Readonly<Record<keyof AuthEnv, unknown>>;

export interface Configured<M extends Machine> {
  readonly auth: Auth<M>;
  readonly guard: Guard;
  /** Whether a `ctx` had shown what the Worker exports. */
  readonly sawExports: boolean;
  /** The handler's request is to say who asks. */
  readonly identityHeaders: boolean;
}

/**
 * An auth out of what `configure` gave and, where it gave nothing, variables and bindings. The only place that knows
 * their names. Throws `config_invalid` naming everything that is missing or wrong at once, never a value.
 */
export function configureAuth<M extends Machine>(
  env: unknown,
  given: WorkerAuthOptions<Paths, Paths, M>,
  exported?: Exported,
): Configured<M> {
  if (typeof given !== "object" || given === null) return refuse("`configure` must return an object of options.");
  const problems = unknownOptions(given);
  const variables = readVariables(env);
  const { publicPaths, machines, guards, identityHeaders = false, ...options } = knownOptions(given);
  const keyring = options.keyring ?? collect(problems, () => readKeyring(variables, options));
  const provider = options.provider ?? collect(problems, () => readWorkos(variables, options));
  const keyCache = options.keyCache ?? collect(problems, () => readKeyCache(variables));
  const audit = options.audit ?? collect(problems, () => readAudit(variables));
  const ledger = options.ledger ?? collect(problems, () => readLedger(variables)) ?? exported?.ledger;
  const policies = collect(problems, () => readPolicies(variables, options, exported));
  // The id in a cookie would open on every host: a store beside `sso` is only what somebody asks for by name.
  const store = options.store ?? (options.sso ? undefined : collect(problems, () => readStore(variables, exported)));
  const bound = {
    ...(audit && { audit }),
    ...(keyCache && { keyCache }),
    ...(ledger && { ledger }),
    ...(policies && { policies }),
    ...(store && { store }),
  };
  const parts = { auditClient, clientAddress, ...options, ...bound };
  const guard = collect(problems, () =>
    createGuard({
      ...(publicPaths && { publicPaths }),
      ...(machines && { machines }),
      ...(guards && { guards }),
      ...(options.now && { now: options.now }),
    }),
  );
  if (typeof identityHeaders !== "boolean") problems.push("`identityHeaders` must be true or false.");
  const auth = keyring && provider && collect(problems, () => createAuth<M>({ ...parts, keyring, provider }));
  // Without keys nothing is made, and the other options would be refused one deploy later.
  if (!keyring || !provider) problems.push(...otherAuthProblems(parts));
  refuseConfig(problems);
  if (!auth || !guard) throw new TypeError("A part that is neither made nor refused.");
  return { auth, guard, sawExports: exported !== undefined, identityHeaders };
}

function unknownOptions(given: object): string[] {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(OPTION_NAMES, name));
  return unknown.map((name) => `\`configure\` returned an option that does not exist: \`${name}\`.`);
}

/** Without what was left undefined, so that "not given" has one form. */
function knownOptions<M extends Machine>(
  given: WorkerAuthOptions<Paths, Paths, M>,
): WorkerAuthOptions<Paths, Paths, M> {
  const entries = Object.entries(given).filter(
    ([name, value]) => value !== undefined && Object.hasOwn(OPTION_NAMES, name),
  );
  // As: a part of what had this type has it, too; `fromEntries` forgets names.
  return Object.fromEntries(entries) as WorkerAuthOptions<Paths, Paths, M>;
}

function readVariables(env: unknown): Variables {
  return {
    SESSION_KEYS: field(env, "SESSION_KEYS"),
    WORKOS_CLIENT_ID: field(env, "WORKOS_CLIENT_ID"),
    WORKOS_API_KEY: field(env, "WORKOS_API_KEY"),
    WORKOS_REDIRECT_URI: field(env, "WORKOS_REDIRECT_URI"),
    WORKOS_ISSUER: field(env, "WORKOS_ISSUER"),
    WORKOS_API_URL: field(env, "WORKOS_API_URL"),
    AUTH_KV: field(env, "AUTH_KV"),
    AUTH_DB: field(env, "AUTH_DB"),
    AUTH_LEDGER: field(env, "AUTH_LEDGER"),
    AUTH_LIMITS: field(env, "AUTH_LIMITS"),
    AUTH_SESSIONS: field(env, "AUTH_SESSIONS"),
  };
}

function readKeyring({ SESSION_KEYS: text }: Variables, { now }: AnyOptions): Keyring {
  if (text !== undefined && typeof text !== "string") return refuse(notText("SESSION_KEYS", text));
  return parseSessionKeys(text, { ...(now && { now }) });
}

function readWorkos(variables: Variables, { fetch, now }: AnyOptions): Provider {
  const problems: string[] = [];
  const { clientId = "", apiKey = "", redirectUri = "", issuer, apiUrl } = readTexts(variables, problems);
  const provider = collect(problems, () =>
    workos({
      clientId,
      apiKey,
      redirectUri,
      ...(apiUrl !== undefined && { apiUrl }),
      ...(issuer !== undefined && { issuer: issuerList(issuer) }),
      ...(fetch && { fetch }),
      ...(now && { now }),
    }),
  );
  refuseConfig(problems.map(nameVariables));
  return provider ?? refuse("WORKOS_CLIENT_ID and its siblings are wrong.");
}

/** Absent and empty are the same: dashboards and `.dev.vars` leave empty texts behind. */
function readTexts(variables: Variables, problems: string[]): Partial<Record<keyof typeof VARIABLES, string>> {
  const texts: Partial<Record<keyof typeof VARIABLES, string>> = {};
  for (const [option, name] of typedEntries(VARIABLES)) {
    const value = variables[name];
    if (typeof value === "string" && value.trim() !== "") texts[option] = value.trim();
    else if (value !== undefined && typeof value !== "string") problems.push(notText(name, value));
  }
  return texts;
}

function issuerList(text: string): readonly [string, ...string[]] {
  const [first = "", ...others] = text.split(",").map((issuer) => issuer.trim());
  return [first, ...others];
}

function nameVariables(problem: string): string {
  return typedEntries(VARIABLES).reduce((text, [option, name]) => text.replaceAll(`\`${option}\``, name), problem);
}

function readKeyCache({ AUTH_KV: binding }: Variables): KeyValueStore | undefined {
  if (binding === undefined || isKeyValueStore(binding)) return binding;
  return refuse("AUTH_KV is set but is no KV namespace: bind one under `kv_namespaces`, or remove it.");
}

function readAudit({ AUTH_DB: binding }: Variables): AuditSink | undefined {
  if (binding === undefined) return undefined;
  if (isDatabase(binding)) return d1Audit(binding);
  return refuse("AUTH_DB is set but is no D1 database: bind one under `d1_databases`, or remove it.");
}

function readLedger({ AUTH_LEDGER: binding }: Variables): Ledger | undefined {
  if (binding === undefined || isNamespace(binding)) return binding;
  return refuse("AUTH_LEDGER is set but is no Durable Object namespace: bind `LedgerObject`, or remove it.");
}

function readStore({ AUTH_SESSIONS: binding }: Variables, exported: Exported | undefined): SessionStore | undefined {
  if (binding !== undefined && !isNamespace(binding)) {
    return refuse("AUTH_SESSIONS is set but is no Durable Object namespace: bind `SessionObject`, or remove it.");
  }
  const home = binding ?? exported?.sessions;
  if (home === undefined) return undefined;
  const make = broughtStore();
  if (make) return make(home);
  return refuse(
    "AUTH_SESSIONS is a class of another Worker: pass `store: opaqueStore({ home: env.AUTH_SESSIONS })`, or export `SessionObject` here.",
  );
}

/** Our own routes are counted where the counter is there, unless somebody has rules of their own. */
function readPolicies(
  { AUTH_LIMITS: binding }: Variables,
  { policies, routePrefix = "/auth" }: AnyOptions,
  exported: Exported | undefined,
): Policies | undefined {
  if (binding !== undefined && !isNamespace(binding)) {
    return refuse("AUTH_LIMITS is set but is no Durable Object namespace: bind `RateLimitObject`, or remove it.");
  }
  const limits = binding ?? exported?.limits;
  if (limits === undefined || policies?.rateLimit !== undefined) return policies;
  return { ...policies, rateLimit: ownLimits(limits, routePrefix) };
}

function notText(name: string, value: unknown): string {
  const isSecret = typeof field(value, "get") === "function";
  const cure = isSecret ? ": read a Secrets Store binding in an async `configure` with `await`" : "";
  return `${name} is set but is no text${cure}.`;
}

function refuse(problem: string): never {
  refuseConfig([problem]);
  throw new TypeError("A problem is always refused.");
}

/** Keeps what construction refused beside what the others refuse; everything else is thrown on. */
function collect<Part>(problems: string[], make: () => Part): Part | undefined {
  try {
    return make();
  } catch (error) {
    if (!isAuthError(error, "config_invalid")) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function isKeyValueStore(value: unknown): value is KeyValueStore {
  return ["get", "put", "delete"].every((method) => typeof field(value, method) === "function");
}

function isDatabase(value: unknown): value is D1Database {
  return ["prepare", "batch"].every((method) => typeof field(value, method) === "function");
}

function typedEntries<Name extends string, Value>(table: Readonly<Record<Name, Value>>): [Name, Value][] {
  // As: `Object.entries` forgets the names of a closed table.
  return Object.entries(table) as [Name, Value][];
}
