import { defineAuth } from "@edgeseal/workers-adapter";
import {
  authMiddleware,
  requireOrganization,
  requirePermission,
  requireRecentAuth,
  requireSession,
} from "@edgeseal/workers-adapter/hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";

export { LedgerObject } from "@edgeseal/workers-adapter/durable-objects";

/** An API for pages of its own site: `/auth/*` is mounted, each route says what it asks for. */
export default new Hono<{ Bindings: Env }>()
  .use(authMiddleware(defineAuth(() => ({}))))
  .get("/", (c) => c.text(`Hello, ${c.get("auth").state} visitor. Sign in at /auth/login, then try /me.\n`))
  .get("/me", requireSession(), (c) => c.json(c.get("auth")))
  .get("/orgs/:org/projects", requireOrganization({ param: "org" }), requirePermission("projects:read"), (c) =>
    c.json({ organization: c.get("auth").organizationId, projects: ["Lighthouse", "Tide table"] }),
  )
  .delete(
    "/orgs/:org/projects/:project",
    requireOrganization({ param: "org" }),
    requirePermission("projects:write"),
    requireRecentAuth({ withinSeconds: 300 }),
    () => {
      // Whatever a handler throws, the answer keeps a renewed session.
      throw new HTTPException(501, { message: "Nothing is deleted in an example." });
    },
  );
