// The official SDK in place of the light client, as docs/options.md shows it.
import { workos } from "@edgeseal/core/providers/workos";
import { defineAuth, withAuth } from "@edgeseal/workers-adapter";
import { WorkOS } from "@workos-inc/node";

const authFor = defineAuth(async (env) => {
  const provider = workos({
    clientId: env.WORKOS_CLIENT_ID,
    redirectUri: env.WORKOS_REDIRECT_URI,
    client: new WorkOS(env.WORKOS_API_KEY, { clientId: env.WORKOS_CLIENT_ID, maxRetries: 0 }),
  });
  return { provider, realm: "production", lifetime: { idleSeconds: 86_400 } };
});
export default withAuth(authFor, { fetch: (request, env, ctx, auth) => Response.json(auth) });
