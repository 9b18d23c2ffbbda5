import { createCors, createCsrf, createOrigins, createRateLimit, createSecurityHeaders } from "@edgeseal/core/policies";
import { withAuth } from "@edgeseal/workers-adapter";

const origins = createOrigins({ allow: ["https://www.example.com"] });

export default withAuth(
  (env) => ({
    publicPaths: ["/health"],
    guards: {
      "/admin/*": { role: "admin", recentAuth: { withinSeconds: 600 } },
      "/orgs/:org/*": { organization: "org" },
      "/orgs/:org/billing": { permission: "billing:read" },
    },
    identityHeaders: true,
    policies: {
      csrf: createCsrf({ origins }),
      cors: createCors({ origins }),
      securityHeaders: createSecurityHeaders(),
      rateLimit: createRateLimit({ rules: { "/auth/*": { limiter: env.LOGIN_LIMIT, whenDown: "open" } } }),
    },
  }),
  { fetch: (request) => Response.json({ tenant: request.headers.get("X-Tenant-ID") }) },
);
