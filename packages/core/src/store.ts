export type {
  CopiedRecord,
  EndedRecord,
  EndedWhich,
  ListedRecord,
  LoadedRecord,
  RecordFacts,
  SavedRecord,
  SessionHome,
  SessionRecord,
  SessionShelf,
} from "./lib/base/session-home.js";
export type { SessionStore } from "./lib/flow/opaque-store.js";
export { opaqueStore } from "./lib/flow/opaque-store.js";
export { kvSessions } from "./lib/session/kv-sessions.js";
export type { StoreOptions } from "./lib/session/store.js";
