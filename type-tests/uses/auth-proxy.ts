// One Worker for the app and for the hosts in front of its identity provider.

import { type AuthProxy, createAuthProxy, descope } from "@edgeseal/core/auth-proxy";
import { createOrigins } from "@edgeseal/core/policies";
import { clientAddress, withAuth } from "@edgeseal/workers-adapter";

let made: AuthProxy | undefined;
function authProxyFor(env: Env): AuthProxy {
  const ruleFor = (app: string) =>
    descope({ projectId: env.DESCOPE_PROJECT_ID, origins: createOrigins({ allow: [`https://${app}`] }) });
  made ??= createAuthProxy({
    clientAddress,
    hosts: { "auth.customer-a.com": ruleFor("app.customer-a.com") },
    // Those of the other customers lie in a table: auth host → host of the app.
    lookUp: async (host) => {
      const app = await env.AUTH_KV.get(`auth-host:${host}`);
      return app === null ? null : ruleFor(app);
    },
  });
  return made;
}

const app = withAuth<Env>({
  fetch: (_request, _env, _ctx, auth) => Response.json(auth),
});

export default {
  fetch(request, env, ctx) {
    const isAuthHost = new URL(request.url).hostname.startsWith("auth.");
    return isAuthHost ? authProxyFor(env)(request, ctx) : app.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
