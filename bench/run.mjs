// `pnpm bench`: measures on workerd, prints and writes RESULTS.md. `--quick` for a short run.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { measureBundles } from "./sizes.mjs";
import { renderResults } from "./table.mjs";

const folder = dirname(import.meta.filename);
const isQuick = process.argv.includes("--quick");
// An engine optimises differently from one start to the next, so the rounds are spread over fresh processes.
const processes = isQuick ? 1 : 5;
const rounds = 3;
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
const results = {};
for (let process = 1; process <= processes; process++) {
  console.log(`process ${process} of ${processes}: ${rounds} rounds of ${count} cookies each …`);
  for (const [name, measured] of Object.entries(await measureInProcess())) {
    results[name] = [...(results[name] ?? []), ...measured];
  }
}
const text = renderResults({ processes, rounds, count, results, sizes: await measureBundles() });
console.log(text);
if (!isQuick) writeFileSync(join(folder, "RESULTS.md"), text);

async function measureInProcess() {
  const manifest = { mainModule: "index.js", modules: { "index.js": script } };
  const miniflare = new Miniflare({
    cf: false,
    logRequests: false,
    telemetry: { enabled: false },
    workers: [{ config: { name: "bench", compatibilityDate: "2026-06-01", manifest } }],
  });
  try {
    const answer = await miniflare.dispatchFetch(`http://bench.localhost/?rounds=${rounds}&count=${count}`);
    if (!answer.ok) throw new Error(await answer.text());
    return await answer.json();
  } finally {
    await miniflare.dispose();
  }
}
