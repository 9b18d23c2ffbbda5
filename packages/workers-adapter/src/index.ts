export type { Anonymous, Auth, Authenticated, RequestAuth } from "@edgeseal/core";
export { clientAddress } from "./lib/client-address.js";
export type { AuthFor } from "./lib/define-auth.js";
export { defineAuth } from "./lib/define-auth.js";
export { exactLimiter } from "./lib/exact-limiter.js";
export type { AuthEnv, Configure, WorkerAuthOptions } from "./lib/options.js";
export type { RateLimitWindow } from "./lib/rate-limit-window.js";
export type { AuthHandler, AuthOf, WrappedHandler } from "./lib/with-auth.js";
export { withAuth } from "./lib/with-auth.js";
