export type { Anonymous, Auth, Authenticated, RequestAuth } from "@edgeseal/core";
export type { AuthFor } from "./lib/define-auth.js";
export { defineAuth } from "./lib/define-auth.js";
export type { AuthEnv, Configure, WorkerAuthOptions } from "./lib/options.js";
export type { AuthHandler, AuthOf, WrappedHandler } from "./lib/with-auth.js";
export { withAuth } from "./lib/with-auth.js";
