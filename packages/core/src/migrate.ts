export type { LegacyOptions } from "./lib/session/legacy-options.js";
export type { LegacyContext, LegacySessions } from "./lib/session/legacy-sessions.js";
export { legacySessions } from "./lib/session/legacy-sessions.js";
