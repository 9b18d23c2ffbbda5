// A path of the app is another machine's: its API gets the person's access token, a bound service the identity.

import { createIdentityForwarder, createProxy, type UpstreamProxy } from "@edgeseal/core/identity";
import { withAuth } from "@edgeseal/workers-adapter";

let made: UpstreamProxy | undefined;
function proxyFor(env: Env): UpstreamProxy {
  made ??= createProxy({
    identity: createIdentityForwarder({ signingKey: env.IDENTITY_KEY, issuer: "https://app.example.com" }),
    routes: [
      { prefix: "/api", to: "https://api.internal.example.com/v1", credentials: "access-token" },
      {
        prefix: "/api/projects",
        to: "https://projects",
        through: env.PROJECTS,
        credentials: "identity",
        audience: "projects",
      },
      { prefix: "/status", to: "https://status.example.net", paths: ["/status/*"], methods: ["GET"] },
    ],
  });
  return made;
}

export default withAuth<Env>({
  async fetch(request, env, ctx, auth) {
    return (await proxyFor(env).forward(request, auth, ctx)) ?? new Response("the app itself");
  },
});
