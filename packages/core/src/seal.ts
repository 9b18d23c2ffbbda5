export type { ClockOption } from "./lib/base/ports.js";
export type { Purpose } from "./lib/seal/derive.js";
export { generateSessionKeys } from "./lib/seal/generate-session-keys.js";
export type { Keyring } from "./lib/seal/keyring.js";
export { parseSessionKeys } from "./lib/seal/parse-session-keys.js";
export type { SealBinding, Unsealed } from "./lib/seal/seal.js";
export { seal, unseal } from "./lib/seal/seal.js";
