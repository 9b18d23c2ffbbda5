// People by cookie and by header token, programs by token and by API key, in one Worker.
import { bearerTokens } from "@edgeseal/core/bearer";
import { hasPermission } from "@edgeseal/core/permissions";
import { oidcTokens } from "@edgeseal/core/providers/oidc";
import { workosTokens } from "@edgeseal/core/providers/workos";
import { withAuth } from "@edgeseal/workers-adapter";

export default withAuth(
  (env) => ({
    bearer: bearerTokens({
      routes: { "/api/*": "either", "/v1/*": "header" },
      users: workosTokens({ clientId: env.WORKOS_CLIENT_ID }),
      machines: oidcTokens({ issuer: "https://example.authkit.app", audience: env.WORKOS_CLIENT_ID }),
      async apiKeys({ sha256 }) {
        const row = await env.AUTH_DB.prepare("select client, org from api_keys where sha256 = ?")
          .bind(sha256)
          .first<{ client: string; org: string }>();
        return row && { clientId: row.client, organizationId: row.org, permissions: ["jobs:run"] };
      },
    }),
    machines: ["/v1/jobs/*"],
  }),
  {
    fetch(request, env, ctx, auth) {
      if (!hasPermission(auth, "jobs:run")) return auth.deny({ permission: "jobs:run" });
      return Response.json({ startedBy: auth.state === "machine" ? auth.clientId : auth.user.id });
    },
  },
);
