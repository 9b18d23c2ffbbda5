export type { Register } from "./lib/base/register.js";
export type { Permission, PermissionSubject } from "./lib/identity/permissions.js";
export {
  hasAnyPermission,
  hasEntitlement,
  hasFeatureFlag,
  hasPermission,
  hasRole,
} from "./lib/identity/permissions.js";
