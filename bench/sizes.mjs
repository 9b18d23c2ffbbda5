// What a Worker grows by, minified and gzipped.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export const KILOBYTE = 1000;

/** In KB: `pnpm check` fails above `limit`, and says how far `goal` is. */
export const bundles = [
  {
    name: "edgeseal: createValidator and validateRequest, jose included",
    goal: 15,
    limit: 28.8,
    source: `
      import { createValidator, parseSessionKeys } from "@edgeseal/core";
      import { workosTokens } from "@edgeseal/core/providers/workos";
      let validator;
      export default {
        async fetch(request, env, ctx) {
          validator ??= createValidator({
            keyring: parseSessionKeys(env.SESSION_KEYS),
            tokens: workosTokens({ clientId: env.ID }),
          });
          return Response.json(await validator.validateRequest(request, ctx));
        },
      };`,
  },
  {
    name: "edgeseal: createAuth and validateRequest, jose included",
    goal: 15,
    limit: 51,
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
    name: "edgeseal: withAuth(handler) with LedgerObject",
    goal: 25,
    limit: 61,
    source: `
      import { withAuth } from "@edgeseal/workers-adapter";
      export { LedgerObject } from "@edgeseal/workers-adapter/durable-objects";
      export default withAuth({ fetch: (request, env, ctx, auth) => Response.json(auth) });`,
  },
  { name: "@workos/authkit-session", source: app("authkit-session") },
  { name: "hand-written AES-GCM, with jose for the token", source: app("hand-written") },
  { name: "iron-session, with jose for the token", source: app("iron-session") },
  { name: "jose JWE, with jose for the token", source: app("jose-jwe") },
  { name: "@auth/core JWT, with jose for the token", source: app("auth-core") },
  {
    name: "jose alone: jwtVerify and a remote key set",
    source: `
      import { createRemoteJWKSet, jwtVerify } from "jose";
      const keys = createRemoteJWKSet(new URL("https://api.workos.com/sso/jwks/x"));
      export default { fetch: async (request) => Response.json(await jwtVerify(request.headers.get("x"), keys)) };`,
  },
];

/** @param resolveDir where imports are looked up; default: this folder, so the sources of the workspace */
export function measureBundles(chosen = bundles, resolveDir = import.meta.dirname) {
  return Promise.all(
    chosen.map(async ({ name, limit, goal, source }) => {
      const { outputFiles } = await build({
        stdin: { contents: source, resolveDir, loader: "js" },
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        target: "es2024",
        conditions: ["workerd", "worker", "browser"],
        external: ["cloudflare:workers"],
        logLevel: "silent",
      });
      return { name, limit, goal, kilobytes: gzipSync(outputFiles[0].contents, { level: 9 }).length / KILOBYTE };
    }),
  );
}

function app(name) {
  return `export { default } from "./worker/apps/${name}.mjs";`;
}
