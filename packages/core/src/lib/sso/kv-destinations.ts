import type { KeyValueStore } from "../base/ports.js";

const PREFIX = "edgeseal:destination:";

/**
 * Destinations that are registered in a key-value store, `env.AUTH_KV`: an entry `edgeseal:destination:<origin>` with any text,
 * for as long as it is there. One read for each origin, isolate and minute.
 */
export function kvDestinations(store: Pick<KeyValueStore, "get">): (origin: string) => Promise<boolean> {
  return async (origin) => (await store.get(PREFIX + origin)) !== null;
}
