export type { AuthErrorCode } from "./lib/base/errors.js";
export { AuthError, isAuthError } from "./lib/base/errors.js";
