export type { NativeClients, NativeClientsOptions } from "./lib/native/native-clients.js";
export { nativeClients } from "./lib/native/native-clients.js";
