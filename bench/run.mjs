// `pnpm bench`: measures on workerd, prints and writes RESULTS.md. `--quick` for a short run.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { measureBundles } from "./sizes.mjs";
import { renderResults } from "./table.mjs";

const folder = dirname(import.meta.filename);
const isQuick = process.argv.includes("--quick");
const rounds = isQuick ? 3 : 9;
const count = isQuick ? 300 : 2000;

const { outputFiles } = await build({
  entryPoints: [join(folder, "worker", "index.mjs")],
  bundle: true,
  write: false,
  format: "esm",
  target: "es2024",
  conditions: ["workerd", "worker", "browser"],
});
const script = { type: "esm", contents: outputFiles[0].text };
const miniflare = new Miniflare({
  cf: false,
  logRequests: false,
  telemetry: { enabled: false },
  workers: [
    {
      config: {
        name: "bench",
        compatibilityDate: "2026-06-01",
        manifest: { mainModule: "index.js", modules: { "index.js": script } },
      },
    },
  ],
});
try {
  console.log(`${rounds} rounds of ${count} cookies each …`);
  const answer = await miniflare.dispatchFetch(`http://bench.localhost/?rounds=${rounds}&count=${count}`);
  if (!answer.ok) throw new Error(await answer.text());
  const text = renderResults({ rounds, count, results: await answer.json(), sizes: await measureBundles() });
  console.log(text);
  if (!isQuick) writeFileSync(join(folder, "RESULTS.md"), text);
} finally {
  await miniflare.dispose();
}
