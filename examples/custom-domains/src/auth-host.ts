import { env } from "cloudflare:workers";
import { createAuthProxy } from "@edgeseal/core/auth-proxy";
import { clientAddress } from "@edgeseal/workers-adapter";
import { AUTH_HOST } from "./sites.js";

const SIGNED = ["_session", "_interaction", "_interaction_resume"];

/** The provider under a host of ours: its cookies are first-party there, and of that host alone. */
export const authProxy = createAuthProxy({
  clientAddress,
  hosts: {
    [AUTH_HOST]: {
      upstream: env.PROVIDER,
      paths: ["/.well-known/*", "/auth", "/auth/*", "/interaction/*", "/session/*", "/token", "/token/*", "/jwks"],
      // `oidc-provider` signs each of its cookies with another one.
      cookies: [...SIGNED.flatMap((name) => [name, `${name}.sig`]), "device"],
      // A sign-in leads to the hub and nowhere else; the customers' domains are none of the provider's business.
      redirects: { allows: (origin) => origin === env.HUB },
    },
  },
});
