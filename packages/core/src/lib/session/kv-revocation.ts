import { pause } from "../base/deadline.js";
import { refuseConfig } from "../base/errors.js";
import { hasMethod, unknownOptions, wholeProblems } from "../base/option-checks.js";
import type { ClockOption, KeyValueStore, RevocationStore } from "../base/ports.js";
import { readClock } from "../base/runtime.js";

export interface KvRevocationOptions extends ClockOption {
  /**
   * How long an isolate believes what it read, in seconds. Default 10, at most 60; 0: not at all. KV itself shows a change
   * everywhere within 60 seconds, so a session ends within the two together.
   */
  readonly cacheSeconds?: number;
}

const CACHE_SECONDS = 10;
const MAX_CACHE_SECONDS = 60;
const MAX_CACHED = 5_000;
/** KV refuses a shorter life. */
const LEAST_TTL_SECONDS = 60;
/** KV takes one write a second of a key. */
const BETWEEN_WRITES_MILLISECONDS = 1_100;

/**
 * Endings in a key-value store, one key each, for `createRevocation`. Late where KV is late, and cheap where it has read the
 * key before; `RevocationObject` is neither. Throws `config_invalid`.
 */
export function kvRevocation(kv: KeyValueStore, options: KvRevocationOptions = {}): RevocationStore {
  const { cacheSeconds = CACHE_SECONDS } = options;
  refuseConfig([
    ...unknownOptions(options, ["cacheSeconds", "now"], "kvRevocation"),
    ...(hasMethod(kv, "get") && hasMethod(kv, "put") ? [] : ["`kvRevocation` needs a KV namespace; is it bound?"]),
    ...wholeProblems("cacheSeconds", cacheSeconds, [0, MAX_CACHE_SECONDS]),
  ]);
  const cached = new Map<string, { readonly since: number | null; readonly until: number }>();

  function remember(key: string, since: number | null): void {
    cached.delete(key);
    cached.set(key, { since, until: readClock(options) + cacheSeconds });
    const [oldest] = cached.keys();
    if (oldest !== undefined && cached.size > MAX_CACHED) cached.delete(oldest);
  }

  async function read(key: string): Promise<number | null> {
    const text = await kv.get(key);
    if (text === null) return null;
    if (/^\d{1,10}$/.test(text)) return Number(text);
    throw new TypeError("edgeseal revocation: the store holds something else under this key.");
  }

  async function sinceOf(key: string): Promise<number | null> {
    const known = cached.get(key);
    if (known !== undefined && readClock(options) < known.until) return known.since;
    const since = await read(key);
    remember(key, since);
    return since;
  }

  async function write(key: string, since: number, forgetAt: number): Promise<void> {
    const expirationTtl = Math.max(LEAST_TTL_SECONDS, forgetAt - readClock(options));
    const value = String(since);
    try {
      await kv.put(key, value, { expirationTtl });
    } catch {
      // One write a second and key: somebody ended the same a moment ago. What fails for another reason fails again.
      await pause(BETWEEN_WRITES_MILLISECONDS);
      await kv.put(key, value, { expirationTtl });
    }
  }

  return {
    getByName(name) {
      const keyOf = (mark: string): string => `edgeseal:ended:${name}:${mark}`;
      return {
        async ended(marks) {
          const found = await Promise.all(marks.map(async (mark) => [mark, await sinceOf(keyOf(mark))] as const));
          return Object.fromEntries(found.filter((one): one is readonly [string, number] => one[1] !== null));
        },
        async end(mark, since, forgetAt) {
          const key = keyOf(mark);
          const before = await read(key);
          if (before === null || before <= since) await write(key, since, forgetAt);
          remember(key, Math.max(before ?? since, since));
        },
      };
    },
  };
}
