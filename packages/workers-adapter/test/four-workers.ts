import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare, type WorkerOptions } from "miniflare";

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
  /** What the process of all four holds in memory, in megabytes; 0 where the system does not tell. */
  residentMegabytes(): Promise<number>;
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
}

let bundled: Promise<string> | undefined;

const COUNT = 4;
const ENTRY = fileURLToPath(new URL("./app-worker.ts", import.meta.url));

/** Four Workers of one workerd, as four isolates of one app in production: they share one ledger and one KV. */
export async function startFourWorkers({ variables, ledger = true }: FourWorkersOptions): Promise<FourWorkers> {
  // Between tests of one file, which all run in one request-less process: here a promise may be shared.
  bundled ??= bundle();
  const contents = await bundled;
  const names = Array.from({ length: COUNT }, (_, at) => `app-${at}`);
  const textsOf = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, { type: "text", value }]));
  const optionsFor = (given: FourWorkersOptions["variables"]) => ({
    cf: false as const,
    logRequests: false,
    telemetry: { enabled: false },
    workers: names.map((name, worker) => ({
      config: {
        name,
        compatibilityDate: "2026-06-01",
        manifest: { mainModule: "index.js", modules: { "index.js": { type: "esm", contents } } },
        env: {
          ...textsOf(given(worker)),
          AUTH_KV: { type: "kv", id: "auth-kv" },
          ...(ledger && { AUTH_LEDGER: { type: "durable-object", worker: "app-0", exportName: "LedgerObject" } }),
        },
        ...(ledger && name === "app-0" && { exports: { LedgerObject: { type: "durable-object", storage: "sqlite" } } }),
      },
    })) as unknown as WorkerOptions[],
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
    residentMegabytes: () => residentMegabytes(),
    async killLedger(sessionId) {
      await fetchFrom(0, `/test/die?name=${await ledgerNameOf(sessionId)}`);
    },
    dispose: () => miniflare.dispose(),
  };
}

/** Of the workerd processes this process has started. */
async function residentMegabytes(): Promise<number> {
  const entries = await readdir("/proc").catch(() => []);
  const texts = await Promise.all(
    entries.filter((name) => /^\d+$/.test(name)).map((pid) => readFile(`/proc/${pid}/status`, "utf8").catch(() => "")),
  );
  const ours = texts.filter((text) => /^Name:\s+workerd$/m.test(text) && text.includes(`PPid:\t${process.pid}\n`));
  const kilobytes = ours.map((text) => Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0));
  return Math.round(kilobytes.reduce((sum, one) => sum + one, 0) / 1024);
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:workers"],
  });
  const [file] = outputFiles;
  if (!file) throw new Error("esbuild gave no file.");
  return file.text;
}

/** As STORAGE.md says: SHA-256 over realm (empty here) and session id, each with its length in front. */
async function ledgerNameOf(sessionId: string): Promise<string> {
  const bytes = Buffer.from(sessionId, "utf8");
  const prefixed = Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes]);
  return Buffer.from(await crypto.subtle.digest("SHA-256", prefixed)).toString("base64url");
}
