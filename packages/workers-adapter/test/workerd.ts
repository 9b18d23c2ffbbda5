import { connect } from "node:net";
import { build } from "esbuild";
import { Miniflare, type WorkerOptions } from "miniflare";

/** One Worker of a workerd: what wrangler.jsonc would say of it. */
export interface TestWorker {
  readonly name: string;
  /** Of `bundle`. */
  readonly contents: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Everything in `env` that is no text. */
  readonly bindings?: object;
  readonly exports?: object;
  /** A socket of its own, without Miniflare's server in front: what comes over the wire is what the Worker sees. */
  readonly socket?: object;
}

/** A file of this folder with all it imports, as wrangler would bundle it. `exported` becomes the Worker's handler. */
export async function bundle(file: string, exported = "default"): Promise<string> {
  const from = JSON.stringify(`./${file}`);
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from ${from}; export { ${exported} as default } from ${from};`,
      resolveDir: import.meta.dirname,
      loader: "ts",
    },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:workers"],
  });
  const [output] = outputFiles;
  if (!output) throw new Error("esbuild gave no file.");
  return output.text;
}

export function workerdOptions(workers: readonly TestWorker[]) {
  return {
    cf: false as const,
    logRequests: false,
    telemetry: { enabled: false },
    // As: the types of Miniflare do not know `config` and `dev` yet, by which wrangler itself starts it.
    workers: workers.map(workerOptions) as unknown as WorkerOptions[],
  };
}

function workerOptions({ name, contents, variables, bindings, exports, socket }: TestWorker): object {
  const texts = Object.entries(variables).map(([variable, value]) => [variable, { type: "text", value }] as const);
  return {
    config: {
      name,
      compatibilityDate: "2026-06-01",
      manifest: { mainModule: "index.js", modules: { "index.js": { type: "esm", contents } } },
      env: { ...Object.fromEntries(texts), ...bindings },
      ...(exports && { exports }),
    },
    ...(socket && { dev: { unsafeDirectSockets: [socket] } }),
  };
}

const HOST = "127.0.0.1";

/** Workers that are each reached over a socket. */
export interface SocketWorkers {
  /** Where they listen, in their order. */
  readonly origins: readonly string[];
  /** To the first one. Head and body of the answer to a request that goes out as it is written here. */
  raw(target: string, lines?: readonly string[], body?: string): Promise<string>;
  dispose(): Promise<void>;
}

export async function startSocketWorkers(...workers: readonly TestWorker[]): Promise<SocketWorkers> {
  const listening = workers.map((worker) => ({ ...worker, socket: { host: HOST, port: 0 } }));
  const miniflare = new Miniflare(workerdOptions(listening));
  const addresses = await Promise.all(workers.map(({ name }) => miniflare.unsafeGetDirectURL(name)));
  return {
    origins: addresses.map(({ origin }) => origin),
    raw: (target, lines = [], body = "") =>
      new Promise((resolve, reject) => {
        let answer = "";
        const head = [`${target} HTTP/1.1`, "Host: app.example", "Connection: close", ...lines];
        const socket = connect(Number(addresses[0]?.port), HOST, () =>
          socket.write(`${head.join("\r\n")}\r\n\r\n${body}`),
        );
        socket.setEncoding("utf8");
        socket.on("data", (text: string) => {
          answer += text;
        });
        socket.on("close", () => resolve(answer));
        socket.on("error", reject);
      }),
    dispose: () => miniflare.dispose(),
  };
}
