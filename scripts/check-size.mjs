// What our part of a Worker weighs, minified and gzipped, as somebody's bundler would make it from the published files.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { consumer } from "./packed.mjs";

const KILOBYTE = 1000;

const bundles = [
  {
    name: "validateRequest, jose included",
    limit: 15,
    source: `
      import { createAuth, parseSessionKeys } from "@edgeseal/core";
      import { workos } from "@edgeseal/core/providers/workos";
      let auth;
      export default {
        async fetch(request, env, ctx) {
          auth ??= createAuth({
            keyring: parseSessionKeys(env.SESSION_KEYS),
            provider: workos({ clientId: env.ID, apiKey: env.KEY, redirectUri: env.URI }),
          });
          return Response.json(await auth.validateRequest(request, ctx));
        },
      };`,
  },
  {
    name: "withAuth(handler) with LedgerObject",
    limit: 25,
    source: `
      import { withAuth } from "@edgeseal/workers-adapter";
      export { LedgerObject } from "@edgeseal/workers-adapter/durable-objects";
      export default withAuth({ fetch: (request, env, ctx, auth) => Response.json(auth) });`,
  },
];

/** @returns {Promise<{ name: string, limit: number, kilobytes: number }[]>} */
export function measureBundles(resolveDir = consumer) {
  return Promise.all(
    bundles.map(async ({ name, limit, source }) => {
      const { outputFiles } = await build({
        stdin: { contents: source, resolveDir, loader: "js" },
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        target: "es2024",
        conditions: ["workerd", "worker", "browser"],
        external: ["cloudflare:workers"],
      });
      return { name, limit, kilobytes: gzipSync(outputFiles[0].contents, { level: 9 }).length / KILOBYTE };
    }),
  );
}

export async function checkSize() {
  const measured = await measureBundles();
  const notes = measured.map(({ name, limit, kilobytes }) => `${name}: ${kilobytes.toFixed(1)} KB of ${limit} KB`);
  return { notes, problems: notes.filter((_, at) => measured[at].kilobytes > measured[at].limit) };
}
