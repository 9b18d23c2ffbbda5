export type { InOrganization, OrganizationGuardOptions, RecentAuthOptions, SignedIn } from "./lib/hono-guards.js";
export { requireOrganization, requirePermission, requireRecentAuth, requireSession } from "./lib/hono-guards.js";
export type { AuthVariables } from "./lib/hono-middleware.js";
export { authMiddleware } from "./lib/hono-middleware.js";
