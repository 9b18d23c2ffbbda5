import { withAuth } from "@edgeseal/workers-adapter";
import { answerPage } from "./pages.js";
import { policies } from "./policies.js";
import { proxy } from "./proxy.js";

export { LedgerObject, RateLimitObject } from "@edgeseal/workers-adapter/durable-objects";

/** `/auth/*` is answered, `/` is for everybody, all else for signed-in people; the audit log goes to `AUTH_DB`. */
export default withAuth(
  () => ({
    publicPaths: ["/"],
    guards: {
      "/api/projects/*": { organization: true, permission: "projects:read" },
      "/projects": { organization: true, permission: "projects:write" },
      "/audit": { permission: "gateway:audit" },
    },
    policies,
  }),
  {
    async fetch(request, _env, ctx, auth) {
      return (await proxy.forward(request, auth, ctx)) ?? (await answerPage(request, auth));
    },
  },
);
