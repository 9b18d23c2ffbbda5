import { Miniflare } from "miniflare";
import { bundle, workerdOptions } from "./workerd.js";

export interface FourWorkers {
  /** Sends a request to one of the Workers, round and round, each of which is an isolate of its own. */
  fetch(path: string, init?: Init): Promise<Answer>;
  /** Only to this one. */
  fetchFrom(worker: number, path: string, init?: Init): Promise<Answer>;
  /** Lets time pass, for all or for one of them. From now, not from the last call. */
  setClock(secondsAhead: number, worker?: number): Promise<void>;
  /** KV fails for all of them, or answers again. */
  failKv(fails: boolean): Promise<void>;
  /** Four others with these variables take their place; what ledger and KV hold stays, as after a deployment. */
  deploy(variables: FourWorkersOptions["variables"]): Promise<void>;
  /** Sockets of the four, counted from 0, and of workerd's inspector. Only with `sockets`; others after a deployment. */
  addresses(): Promise<{ readonly workers: readonly URL[]; readonly inspector: URL }>;
  /** The ledger object of this session dies, and everything that waits in it. */
  killLedger(sessionId: string): Promise<void>;
  dispose(): Promise<void>;
}

export interface Init {
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly body?: string;
  /** The client goes away. */
  readonly signal?: AbortSignal;
}

/** Read to its end: nothing of a Worker is left open. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly cookies: readonly string[];
  readonly body: string;
}

export interface FourWorkersOptions {
  /** Of one Worker, counted from 0: in a roll-out they differ. */
  readonly variables: (worker: number) => Readonly<Record<string, string>>;
  /** `false`: none is bound to a ledger. Default `true`: all to the same one. */
  readonly ledger?: boolean;
  /** Sessions lie in objects of the first Worker, which finds them by its `ctx`; the others are bound to them. Default `false`. */
  readonly sessions?: boolean;
  /** File of this folder that the Workers run. Default: the quick start of the README. */
  readonly entry?: string;
  /** Each is reached on a socket of its own as well, as proxies are: with the whole URL in the request line. */
  readonly sockets?: boolean;
}

const bundled = new Map<string, Promise<string>>();

const COUNT = 4;

/** Four Workers of one workerd, as four isolates of one app in production: they share one ledger and one KV. */
export async function startFourWorkers({
  variables,
  ledger = true,
  sessions = false,
  entry = "app-worker.ts",
  sockets = false,
}: FourWorkersOptions): Promise<FourWorkers> {
  // Between tests of one file, which all run in one request-less process: here a promise may be shared.
  const bundling = bundled.get(entry) ?? bundle(entry);
  bundled.set(entry, bundling);
  const contents = await bundling;
  const names = Array.from({ length: COUNT }, (_, at) => `app-${at}`);
  const objectOf = (exportName: string) => ({ type: "durable-object", worker: names[0], exportName });
  const classes = [...(ledger ? ["LedgerObject"] : []), ...(sessions ? ["SessionObject"] : [])];
  const declared = Object.fromEntries(classes.map((name) => [name, { type: "durable-object", storage: "sqlite" }]));
  const optionsFor = (given: FourWorkersOptions["variables"]) => ({
    ...(sockets && { inspectorPort: 0 }),
    ...workerdOptions(
      names.map((name, worker) => ({
        name,
        contents,
        variables: given(worker),
        bindings: {
          AUTH_KV: { type: "kv", id: "auth-kv" },
          ...(ledger && { AUTH_LEDGER: objectOf("LedgerObject") }),
          ...(sessions && worker > 0 && { AUTH_SESSIONS: objectOf("SessionObject") }),
        },
        ...(worker === 0 && { exports: declared }),
        ...(sockets && { socket: { host: "127.0.0.1", port: 0, proxy: true } }),
      })),
    ),
  });
  const miniflare = new Miniflare(optionsFor(variables));
  await miniflare.ready;
  let turn = 0;

  const fetchFrom: FourWorkers["fetchFrom"] = async (worker, path, init = {}) => {
    const stub = await miniflare.getWorker(names[worker % COUNT]);
    const response = await stub.fetch(`https://app.example${path}`, { redirect: "manual", ...init });
    const headers = new Headers([...response.headers]);
    return { status: response.status, headers, cookies: response.headers.getSetCookie(), body: await response.text() };
  };
  return {
    fetchFrom,
    fetch: (path, init) => fetchFrom(turn++, path, init),
    async setClock(secondsAhead, worker) {
      const workers = worker === undefined ? names.keys() : [worker];
      for (const one of workers) await fetchFrom(one, `/test/clock?seconds=${secondsAhead}`);
    },
    async failKv(fails) {
      for (const one of names.keys()) await fetchFrom(one, `/test/kv?fails=${fails}`);
    },
    deploy: (given) => miniflare.setOptions(optionsFor(given)),
    async addresses() {
      const workers = await Promise.all(names.map((name) => miniflare.unsafeGetDirectURL(name)));
      return { workers, inspector: await miniflare.getInspectorURL() };
    },
    async killLedger(sessionId) {
      await fetchFrom(0, `/test/die?name=${await ledgerNameOf(sessionId)}`);
    },
    dispose: () => miniflare.dispose(),
  };
}

/** As STORAGE.md says: SHA-256 over realm (empty here) and session id, each with its length in front. */
async function ledgerNameOf(sessionId: string): Promise<string> {
  const bytes = Buffer.from(sessionId, "utf8");
  const prefixed = Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes]);
  return Buffer.from(await crypto.subtle.digest("SHA-256", prefixed)).toString("base64url");
}
