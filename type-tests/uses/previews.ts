// One Worker that is production, or a preview of it; and the stable host whose address the provider knows.

import { createLoginRelay, type LoginRelay, viaRelay } from "@edgeseal/core/previews";
import { withAuth } from "@edgeseal/workers-adapter";

interface AppEnv {
  /** Of previews alone: `preview:pr-12`. */
  readonly PREVIEW_REALM?: string;
}

export const app = withAuth<AppEnv>(
  ({ PREVIEW_REALM: realm }) => (realm === undefined ? { realm: "production" } : { realm, relay: viaRelay() }),
  { fetch: (request, env, ctx, auth) => Response.json(auth) },
);

interface RelayEnv {
  readonly PREVIEWS: KVNamespace;
}

let relay: LoginRelay | undefined;
function relayFor(env: RelayEnv): LoginRelay {
  relay ??= createLoginRelay({
    previews: { "https://{name}.preview.example.com": "preview:{name}" },
    registered: { store: env.PREVIEWS, realm: "preview" },
  });
  return relay;
}

export default {
  async fetch(request, env, ctx) {
    return (await relayFor(env).forward(request, ctx)) ?? new Response("Not found", { status: 404 });
  },
} satisfies ExportedHandler<RelayEnv>;
