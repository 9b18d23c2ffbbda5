export type { Permission, PermissionSubject, Register } from "./lib/identity/permissions.js";
export {
  hasAnyPermission,
  hasEntitlement,
  hasFeatureFlag,
  hasPermission,
  hasRole,
} from "./lib/identity/permissions.js";
