import type { SessionStore, StoreOptions } from "@edgeseal/core/store";

export type MakeStore = (home: StoreOptions["home"]) => SessionStore;

/**
 * The module of `SessionObject` brings the code of the store along, so that a Worker without that class does not carry it: a tenth
 * of everything. Nothing but code is shared: what it makes belongs to who made it.
 */
let make: MakeStore | undefined;

export function bringStore(code: MakeStore): void {
  make = code;
}

export function broughtStore(): MakeStore | undefined {
  return make;
}
