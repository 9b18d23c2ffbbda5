// The second provider: whatever speaks OpenID Connect.
import { oidc } from "@edgeseal/core/providers/oidc";
import { withAuth } from "@edgeseal/workers-adapter";

export { LedgerObject } from "@edgeseal/workers-adapter/durable-objects";

export default withAuth(
  (env) => ({
    provider: oidc({
      issuer: "https://id.example.com",
      clientId: env.OIDC_CLIENT_ID,
      clientSecret: env.OIDC_CLIENT_SECRET,
      redirectUri: "https://app.example.com/auth/callback",
    }),
  }),
  { fetch: (request, env, ctx, auth) => Response.json(auth) },
);
