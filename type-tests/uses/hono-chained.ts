// Chained routes, as Hono's typed client wants them: `c.get("auth")` is known without naming `AuthVariables`.
import { defineAuth } from "@edgeseal/workers-adapter";
import {
  authMiddleware,
  requireOrganization,
  requirePermission,
  requireRecentAuth,
  requireSession,
} from "@edgeseal/workers-adapter/hono";
import { Hono } from "hono";
import { hc } from "hono/client";

const authFor = defineAuth(() => ({ realm: "preview:pr-12" }));

const app = new Hono<{ Bindings: Env }>()
  .use(authMiddleware(authFor))
  .get("/", (c) => c.text(c.get("auth").state))
  .get("/me", requireSession(), (c) => c.json({ id: c.var.auth.user.id }))
  .delete(
    "/orgs/:org/projects/:project",
    requireOrganization({ param: "org" }),
    requirePermission("projects:write", "projects:delete"),
    requireRecentAuth({ withinSeconds: 300 }),
    (c) => c.text(`${c.get("auth").organizationId} ${c.req.param("project")}`),
  );

export async function whoAmI(): Promise<string> {
  const answer = await hc<typeof app>("https://app.example").me.$get();
  return (await answer.json()).id;
}

// A part of the app with its own guard for everything below it.
export const admin = new Hono<{ Bindings: Env }>()
  .use(authMiddleware(authFor), requirePermission("admin"))
  .get("/people", (c) => c.text(c.get("auth").user.id));
