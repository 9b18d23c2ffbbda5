import { env } from "cloudflare:workers";
import { createIdentityForwarder, createProxy } from "@edgeseal/core/identity";
import { d1Audit } from "@edgeseal/workers-adapter";
import { origins } from "./origins.js";

/** `/api/*` is the service's. It gets a signed identity, and neither cookies nor what a client says of itself. */
export const proxy = createProxy({
  identity: createIdentityForwarder({ signingKey: env.IDENTITY_KEY, issuer: env.IDENTITY_ISSUER }),
  routes: [
    {
      prefix: "/api",
      to: "https://projects",
      through: env.PROJECTS,
      credentials: "identity",
      audience: "projects",
      paths: ["/api/projects", "/api/projects/*", "/api/caller"],
      methods: ["GET", "POST"],
    },
  ],
  origins,
  audit: d1Audit(env.AUTH_DB),
});
