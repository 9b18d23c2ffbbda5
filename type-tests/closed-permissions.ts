// One declaration closes the list of permission names for the whole project; a typo anywhere is then an error.
import type { Authenticated, RequestAuth } from "@edgeseal/core";
import { hasAnyPermission, hasPermission } from "@edgeseal/core/permissions";
import { requirePermission } from "@edgeseal/workers-adapter/hono";

declare module "@edgeseal/core/permissions" {
  interface Register {
    permission: "projects:read" | "projects:write";
    claims: { plan?: "free" | "pro"; seats: number };
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

// Claims of one's own, out of a template at the provider, have their types beside the standard ones.
auth.claims.plan satisfies "free" | "pro" | undefined;
auth.claims.seats satisfies number;
auth.claims.org_id satisfies string | undefined;
// @ts-expect-error a value the template never gives
auth.claims.plan === "premium";
// @ts-expect-error what nobody registered is unknown
auth.claims.elsewhere satisfies string;
