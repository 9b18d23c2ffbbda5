import { utf8 } from "../base/bytes.js";
import type { ClockOption, KeyValueStore } from "../base/ports.js";
import { readClock } from "../base/runtime.js";

export interface MemoryStoreOptions extends ClockOption {
  /** How long a reader goes on seeing what it saw at first, a miss included. Default 60, as KV's own cache; 0: not at all. */
  readonly delaySeconds?: number;
}

interface Entry {
  readonly value: string;
  /** Epoch seconds; infinity: stays. */
  readonly expiresAt: number;
}

/** Limits of Workers KV (developers.cloudflare.com/kv/platform/limits). */
const LEAST_TTL_SECONDS = 60;
const MAX_KEY_BYTES = 512;
const MAX_VALUE_BYTES = 26_214_400;
const SECONDS_BETWEEN_WRITES = 1;
const DELAY_SECONDS = 60;

/**
 * A key-value store that refuses what Workers KV refuses, in production only: a life below 60 seconds, a key above 512
 * bytes, a second write or deletion of one key within a second. And it is as late as KV: whoever has read a key, found or
 * not, reads the same again for `delaySeconds`, whatever has been written since.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): KeyValueStore {
  const { delaySeconds = DELAY_SECONDS } = options;
  const entries = new Map<string, Entry>();
  const seen = new Map<string, { readonly entry: Entry | undefined; readonly until: number }>();
  const writtenAt = new Map<string, number>();

  function beginWrite(call: "PUT" | "DELETE", key: string, now: number): void {
    checkKey(call, key);
    const last = writtenAt.get(key);
    if (last !== undefined && now - last < SECONDS_BETWEEN_WRITES) {
      throw new Error(`KV ${call} failed: 429 Too Many Requests (one write a second per key)`);
    }
    writtenAt.set(key, now);
  }

  return {
    async get(key) {
      checkKey("GET", key);
      const now = readClock(options);
      const earlier = seen.get(key);
      const isCached = earlier !== undefined && now < earlier.until;
      const entry = isCached ? earlier.entry : entries.get(key);
      if (!isCached) seen.set(key, { entry, until: now + delaySeconds });
      return entry !== undefined && now < entry.expiresAt ? entry.value : null;
    },

    async put(key, value, { expirationTtl } = {}) {
      const now = readClock(options);
      if (expirationTtl !== undefined && !(Number.isInteger(expirationTtl) && expirationTtl >= LEAST_TTL_SECONDS)) {
        throw new Error(
          `KV PUT failed: 400 Invalid expiration_ttl of ${expirationTtl}. Expiration TTL must be an integer of at least ${LEAST_TTL_SECONDS}.`,
        );
      }
      const { length } = utf8(value);
      if (length > MAX_VALUE_BYTES) {
        throw new Error(`KV PUT failed: 413 Value length of ${length} exceeds limit of ${MAX_VALUE_BYTES}.`);
      }
      beginWrite("PUT", key, now);
      const expiresAt = expirationTtl === undefined ? Number.POSITIVE_INFINITY : now + expirationTtl;
      entries.set(key, { value, expiresAt });
    },

    async delete(key) {
      beginWrite("DELETE", key, readClock(options));
      entries.delete(key);
    },
  };
}

function checkKey(call: string, key: string): void {
  if (key === "") throw new TypeError("Key name cannot be empty.");
  if (key === "." || key === "..") throw new TypeError(`"${key}" is not allowed as a key name.`);
  const { length } = utf8(key);
  if (length > MAX_KEY_BYTES) {
    throw new Error(
      `KV ${call} failed: 414 UTF-8 encoded length of ${length} exceeds key length limit of ${MAX_KEY_BYTES}.`,
    );
  }
}
