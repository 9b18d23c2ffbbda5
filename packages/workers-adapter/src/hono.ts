export type {
  InOrganization,
  KnownCaller,
  OrganizationGuardOptions,
  RecentAuthOptions,
  SignedIn,
} from "./lib/hono-guards.js";
export {
  requireCaller,
  requireOrganization,
  requirePermission,
  requireRecentAuth,
  requireSession,
} from "./lib/hono-guards.js";
export type { AuthMiddlewareOptions, AuthVariables } from "./lib/hono-middleware.js";
export { authMiddleware } from "./lib/hono-middleware.js";
