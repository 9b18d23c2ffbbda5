export { backChannelLogout } from "./lib/flow/back-channel-logout.js";
export type { Receiver, ReceiverPath } from "./lib/flow/receiver.js";
export type { WorkosEventsOptions } from "./lib/flow/workos-events.js";
export { workosEvents } from "./lib/flow/workos-events.js";
export type { KvRevocationOptions } from "./lib/session/kv-revocation.js";
export { kvRevocation } from "./lib/session/kv-revocation.js";
export type { Revocation, RevocationOptions } from "./lib/session/revocation.js";
export { createRevocation } from "./lib/session/revocation.js";
export type { RevocationTarget } from "./lib/session/revocation-target.js";
