// One declaration closes the list of permission names for the whole project; a typo anywhere is then an error.
import type { Authenticated, RequestAuth } from "@edgeseal/core";
import { hasAnyPermission, hasPermission } from "@edgeseal/core/permissions";
import { requirePermission } from "@edgeseal/workers-adapter/hono";

declare module "@edgeseal/core/permissions" {
  interface Register {
    permission: "projects:read" | "projects:write";
  }
}

declare const auth: Authenticated;
declare const visitor: RequestAuth;

hasPermission(auth, "projects:read");
hasPermission(auth, ["projects:read", "projects:write"]);
auth.deny({ permission: "projects:write" });
requirePermission("projects:read", "projects:write");

// @ts-expect-error a misspelt name
hasPermission(auth, "projets:read");
// @ts-expect-error one misspelt name among good ones
hasPermission(auth, ["projects:read", "projects:raed"]);
// @ts-expect-error the same of the other question
hasAnyPermission(auth, ["projects:delete"]);
// @ts-expect-error the same where a refusal says what was missing
auth.deny({ permission: "nope" });
// @ts-expect-error a visitor must be narrowed first, closed list or not
hasPermission(visitor, "projects:read");
// @ts-expect-error the same in front of a route
requirePermission("projects:read", "projects:wirte");
