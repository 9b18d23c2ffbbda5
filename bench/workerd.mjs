// Starts workerd. Requests go to its own sockets; nothing of Miniflare stands between.
import { join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

export async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "worker", entry)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:workers"],
  });
  return outputFiles[0].text;
}

/** @param workers each with `name`, `script`, and what else its configuration needs: `env`, `exports` */
export async function startWorkerd(workers) {
  const miniflare = new Miniflare({
    cf: false,
    logRequests: false,
    telemetry: { enabled: false },
    // What a Worker writes to its log; whether its answers are right is checked by whoever asks it.
    handleStructuredLogs: () => {},
    workers: workers.map(({ script, ...config }) => ({
      config: {
        compatibilityDate: "2026-06-01",
        manifest: { mainModule: "index.js", modules: { "index.js": { type: "esm", contents: script } } },
        ...config,
      },
      dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
    })),
  });
  await miniflare.ready;
  const urls = {};
  for (const { name } of workers) urls[name] = String(await miniflare.unsafeGetDirectURL(name));
  return { urls, stop: () => miniflare.dispose() };
}
