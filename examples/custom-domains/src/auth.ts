import { oidc } from "@edgeseal/core/providers/oidc";
import { createRevocation } from "@edgeseal/core/revocation";
import { ssoNetwork } from "@edgeseal/core/sso";
import { defineAuth } from "@edgeseal/workers-adapter";
import { authProxy } from "./auth-host.js";
import { DESTINATIONS } from "./sites.js";

/** The issuer is a host of this very Worker, and what a Worker fetches does not come back to itself. */
const fetch = (url: string, init?: RequestInit): Promise<Response> => authProxy(new Request(url, init));

/** The hub knows the provider; everybody else knows the hub. */
export const authFor = defineAuth<Env, readonly ["/"]>((env) => ({
  provider: oidc({
    issuer: env.ISSUER,
    clientId: env.CLIENT_ID,
    clientSecret: env.CLIENT_SECRET,
    // The one that the provider knows, however many domains there are.
    redirectUri: `${env.HUB}/auth/callback`,
    fetch,
  }),
  fetch, // for the provider's keys
  sso: ssoNetwork({ hub: env.HUB, destinations: DESTINATIONS, silent: { paths: ["/"] } }),
  // A log-out anywhere is one everywhere, at the next request. Without it: when the token is due, and no storage is read.
  revocation: createRevocation({ store: env.AUTH_REVOCATION, whenDown: "closed" }),
  publicPaths: ["/"],
}));
