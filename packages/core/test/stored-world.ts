import type { SessionHome } from "../src/lib/base/session-home.js";
import type { StoreOptions } from "../src/lib/session/store.js";
import { readStoredCredential, type StoredCredential, storedKey } from "../src/lib/session/stored-credential.js";
import { createMemorySessions } from "../src/lib/testing/memory-sessions.js";
import type { Browser } from "./browser.js";
import { type CountedHome, countHome } from "./counted-home.js";
import { createWorld, type Isolate, type IsolateOptions, type World } from "./world.js";

export interface StoredWorld extends World {
  readonly home: CountedHome;
  /** An isolate without a store. */
  bare(options?: IsolateOptions): Isolate;
}

export interface StoredWorldOptions extends Pick<StoreOptions, "sessions"> {
  readonly home?: (world: World) => SessionHome;
}

/** A deployment whose sessions lie in one store. */
export async function createStoredWorld(options: StoredWorldOptions = {}): Promise<StoredWorld> {
  const world = await createWorld();
  const { home: make = ({ clock }) => createMemorySessions(clock), sessions } = options;
  const home = countHome(make(world));
  const store: StoreOptions = { home, ...(sessions && { sessions }) };
  return { ...world, home, bare: world.isolate, isolate: (more) => world.isolate({ store, ...more }) };
}

export function credentialOf(browser: Pick<Browser, "cookie">): StoredCredential {
  const credential = readStoredCredential(browser.cookie() ?? "");
  if (credential === null) throw new Error("There is no opaque cookie.");
  return credential;
}

export function keyOf(browser: Pick<Browser, "cookie">): Promise<string> {
  return storedKey(credentialOf(browser).id);
}
