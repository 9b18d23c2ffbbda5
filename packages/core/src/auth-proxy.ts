export type { AuthProxy } from "./lib/sso/auth-proxy.js";
export { createAuthProxy } from "./lib/sso/auth-proxy.js";
export type { AuthHost, AuthHostLookup, AuthProxyOptions } from "./lib/sso/auth-proxy-options.js";
export type { DescopeHostOptions } from "./lib/sso/descope.js";
export { descope } from "./lib/sso/descope.js";
export type { WorkosDomainOptions } from "./lib/sso/workos-domain.js";
export { workosDomain } from "./lib/sso/workos-domain.js";
