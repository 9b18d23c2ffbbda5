// The README's example for Hono.
import { defineAuth } from "@edgeseal/workers-adapter";
import {
  type AuthVariables,
  authMiddleware,
  requireOrganization,
  requirePermission,
  requireSession,
} from "@edgeseal/workers-adapter/hono";
import { Hono } from "hono";

export { LedgerObject } from "@edgeseal/workers-adapter/durable-objects";

const authFor = defineAuth(() => ({}));

const app = new Hono<{ Bindings: Env; Variables: AuthVariables }>();
app.use(authMiddleware(authFor));
app.get("/", (c) => c.text(`Hello, ${c.get("auth").state} visitor`));
app.get("/me", requireSession(), (c) => c.json(c.get("auth").user));
app.get("/projects", requirePermission("projects:read"), (c) => c.json({ by: c.get("auth").user.id }));
app.get("/orgs/:org", requireOrganization({ param: "org" }), (c) => c.text(c.get("auth").organizationId));

export default app;
