export type { ViaRelay, ViaRelayOptions } from "./lib/flow/via-relay.js";
export { viaRelay } from "./lib/flow/via-relay.js";
export type { LoginRelay } from "./lib/sso/login-relay.js";
export { createLoginRelay } from "./lib/sso/login-relay.js";
export type { LoginRelayOptions, PreviewRealm } from "./lib/sso/relay-options.js";
