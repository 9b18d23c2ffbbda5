import { fetchText } from "../base/fetch-text.js";
import type { Background, Emit, KeyValueStore, Runtime } from "../base/ports.js";
import type { Keyring } from "../seal/keyring.js";
import { isDiscoveryUrl, readDiscovery } from "./discovery.js";
import { createKeyCopy } from "./key-copy.js";
import { emitKeyChanges } from "./key-events.js";
import { type KeyHeader, type KeySet, keyFor, readKeySet } from "./key-set.js";

export interface KeyMemoryOptions {
  readonly url: string;
  readonly realm: string;
  readonly runtime: Runtime;
  readonly staleSeconds: number;
  readonly emit: Emit;
  readonly store?: KeyValueStore;
  readonly keyring?: Keyring;
}

/** A good set and when the origin gave it (epoch seconds). */
export interface KnownKeys {
  readonly set: KeySet;
  readonly fetchedAt: number;
}

/** What this isolate knows of one JWKS URL: settled values and times, shared by all its requests. */
export interface KeyMemory {
  readonly known: KnownKeys | undefined;
  /** When the origin last failed to give a good set; `-Infinity` when it did not, or has given one since. */
  readonly originFailedAt: number;
  /** Whether there is a shared copy that was not looked at just now. */
  readonly mayLook: boolean;
  /** The shared copy alone. Never throws. */
  look(background: Background | undefined): Promise<void>;
  /**
   * The shared copy first, then, unless that holds a set younger than `maxAgeSeconds` (with the key `wanted`, if any),
   * the origin. Never throws: look at `known` and `originFailedAt` afterwards.
   */
  renew(
    need: { readonly maxAgeSeconds: number; readonly wanted?: KeyHeader },
    background: Background | undefined,
  ): Promise<void>;
}

/** The text that lies at an address, or why there is none. */
type Read =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: string };

const ORIGIN_MILLISECONDS = 5000;
const MAX_BYTES = 65_536;
/** How long the address found in a discovery document is believed; after a failure it is looked up again. */
const ADDRESS_SECONDS = 3600;
/** Between two looks at the shared copy, which are cheap, and billed: strangers' key names can cause no more than this. */
const STORE_PAUSE_SECONDS = 5;

export function createKeyMemory(options: KeyMemoryOptions): KeyMemory {
  const { url, realm, runtime, staleSeconds, emit, store, keyring } = options;
  const copy = store && createKeyCopy({ url, realm, store, staleSeconds, ...(keyring && { keyring }) });
  let known: KnownKeys | undefined;
  let originFailedAt = Number.NEGATIVE_INFINITY;
  let storeReadAt = Number.NEGATIVE_INFINITY;
  let isStoreFailing = false;
  /** Where the set lies, when `url` is that of a discovery document. */
  let address: { readonly jwksUri: string; readonly foundAt: number } | undefined;

  /** A bad set never replaces a good one, and a late answer never a newer one. */
  async function adopt(jwks: string, fetchedAt: number, background: Background | undefined): Promise<boolean> {
    const set = await readKeySet(jwks, known?.set);
    if (typeof set === "string") {
      emit({ type: "jwks_set_rejected", reason: set }, background);
      return false;
    }
    if (known !== undefined && fetchedAt < known.fetchedAt) return true;
    emitKeyChanges(emit, known?.set, set, background);
    known = { set, fetchedAt };
    return true;
  }

  function mayLook(): boolean {
    return copy !== undefined && runtime.now() - storeReadAt >= STORE_PAUSE_SECONDS;
  }

  async function look(background: Background | undefined): Promise<void> {
    if (!copy || !mayLook()) return;
    const now = runtime.now();
    storeReadAt = now;
    const read = await copy.read(now);
    if (read === null) return;
    if ("rejected" in read) {
      emit({ type: "jwks_copy_rejected", reason: read.rejected }, background);
      return;
    }
    const isNewer = known === undefined || read.fetchedAt > known.fetchedAt;
    if (isNewer && now - read.fetchedAt < staleSeconds) await adopt(read.jwks, read.fetchedAt, background);
  }

  async function readOrigin(background: Background | undefined): Promise<void> {
    const fetchedAt = runtime.now();
    const fetched = isDiscoveryUrl(url) ? await readDiscovered(fetchedAt) : await read(url, ORIGIN_MILLISECONDS);
    const { text, problem } = fetched;
    if (text !== undefined && (await adopt(text, fetchedAt, background))) {
      originFailedAt = Number.NEGATIVE_INFINITY;
      const written = writeStore({ fetchedAt, jwks: text }, background);
      background?.waitUntil(written);
      return;
    }
    address = undefined;
    // One event when it goes down, not one per try.
    if (problem !== undefined && originFailedAt === Number.NEGATIVE_INFINITY) {
      emit({ type: "keys_unreachable", reason: problem }, background);
    }
    originFailedAt = runtime.now();
  }

  /** Two calls where the address is not known yet, which together take no longer than one otherwise may. */
  async function readDiscovered(now: number): Promise<Read> {
    if (address !== undefined && now - address.foundAt < ADDRESS_SECONDS) {
      return read(address.jwksUri, ORIGIN_MILLISECONDS);
    }
    const { text, problem } = await read(url, ORIGIN_MILLISECONDS / 2);
    if (text === undefined) return { problem };
    const found = readDiscovery(text, url);
    if (typeof found === "string") return { problem: found };
    address = { jwksUri: found.jwks_uri, foundAt: now };
    return read(found.jwks_uri, ORIGIN_MILLISECONDS / 2);
  }

  async function read(from: string, deadlineMilliseconds: number): Promise<Read> {
    const fetched = await fetchText(from, {
      fetch: runtime.fetch,
      headers: { Accept: "application/json" },
      deadlineMilliseconds,
      maxBytes: MAX_BYTES,
    });
    if (!fetched.ok) return { problem: fetched.reason };
    return fetched.status === 200 ? { text: fetched.text } : { problem: `status_${fetched.status}` };
  }

  async function writeStore(entry: { fetchedAt: number; jwks: string }, background: Background | undefined) {
    try {
      await copy?.write(entry, runtime.now());
      isStoreFailing = false;
    } catch {
      // Whatever a store throws (KV: one write a second per key): the copy only spares others a fetch.
      if (!isStoreFailing) emit({ type: "store_unreachable", reason: "jwks_copy" }, background);
      isStoreFailing = true;
    }
  }

  return {
    get known() {
      return known;
    },
    get originFailedAt() {
      return originFailedAt;
    },
    get mayLook() {
      return mayLook();
    },
    look,
    async renew({ maxAgeSeconds, wanted }, background) {
      const before = known;
      await look(background);
      const suffices =
        known !== undefined &&
        known !== before &&
        runtime.now() - known.fetchedAt < maxAgeSeconds &&
        (wanted === undefined || keyFor(known.set, wanted) !== null);
      if (!suffices) await readOrigin(background);
    },
  };
}
