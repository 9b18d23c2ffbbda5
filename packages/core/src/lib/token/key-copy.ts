import { base64url, concatBytes, lengthPrefixed, sha256, utf8, utf8Text } from "../base/bytes.js";
import { withDeadline } from "../base/deadline.js";
import { parseJsonObject } from "../base/json.js";
import type { KeyValueStore } from "../base/ports.js";
import type { Keyring } from "../seal/keyring.js";
import { seal, unseal } from "../seal/seal.js";

/** The text of a key set as the origin gave it, and when (epoch seconds): the age travels with every copy. */
export interface KeyCopy {
  readonly fetchedAt: number;
  readonly jwks: string;
}

export interface KeyCopyOptions {
  readonly url: string;
  readonly realm: string;
  readonly store: KeyValueStore;
  readonly keyring?: Keyring;
  readonly staleSeconds: number;
}

/** `{ rejected }` says why a copy that lies there is not believed; `null` is a plain miss, a slow store included. */
export type CopyRead = KeyCopy | { readonly rejected: string } | null;

const READ_MILLISECONDS = 250;
const SKEW_SECONDS = 60;
/** KV refuses less. */
const MIN_TTL_SECONDS = 60;
/** 64 KiB of key set, grown by base64 and the seal. */
const MAX_LENGTH = 131_072;

/** The shared copy of a key set in a key-value store, which may be late, slow, gone, or written by a stranger. */
export function createKeyCopy(options: KeyCopyOptions): {
  read(now: number): Promise<CopyRead>;
  /** Throws what the store throws. */
  write(copy: KeyCopy, now: number): Promise<void>;
} {
  const { url, realm, store, keyring, staleSeconds } = options;
  const purpose = { purpose: "jwks", context: [url, realm] } as const;

  async function name(): Promise<string> {
    return `edgeseal:jwks:${base64url(await sha256(concatBytes(lengthPrefixed(url), lengthPrefixed(realm))))}`;
  }

  async function stored(key: string): Promise<unknown> {
    try {
      return await store.get(key);
    } catch {
      return null; // whatever a store throws: a copy that cannot be read is a miss
    }
  }

  async function open(text: string, now: number): Promise<string | { readonly rejected: string }> {
    if (!keyring) return text;
    if (text.startsWith("{")) return { rejected: "unsealed" };
    try {
      const opened = await unseal(text, { keyring, ...purpose, now: () => now });
      return opened.ok ? (utf8Text(opened.body) ?? "") : { rejected: opened.reason };
    } catch {
      return { rejected: "crypto_failure" }; // AuthError: the origin can still be asked
    }
  }

  return {
    async read(now) {
      const text = await withDeadline(stored(await name()), READ_MILLISECONDS);
      if (typeof text !== "string" || text.length > MAX_LENGTH) return null;
      const opened = await open(text, now);
      if (typeof opened !== "string") return opened;
      const lineEnd = opened.indexOf("\n");
      const label = lineEnd < 0 ? null : parseJsonObject(opened.slice(0, lineEnd));
      if (label === null) return { rejected: "malformed" };
      const { fetchedAt } = label;
      if (label.url !== url || label.realm !== realm) return { rejected: "not_ours" };
      if (typeof fetchedAt !== "number") return { rejected: "malformed" };
      // A copy from the future would never grow old.
      if (!(fetchedAt >= 0 && fetchedAt <= now + SKEW_SECONDS)) return { rejected: "from_the_future" };
      return { fetchedAt: Math.min(fetchedAt, now), jwks: opened.slice(lineEnd + 1) };
    },

    async write({ fetchedAt, jwks }, now) {
      const expiresAt = fetchedAt + staleSeconds;
      // A label on the first line, then the text as it came: within a JSON string it would grow by every quote.
      const plain = `${JSON.stringify({ url, realm, fetchedAt })}\n${jwks}`;
      const text = keyring ? await seal(utf8(plain), { keyring, ...purpose, expiresAt, now: () => now }) : plain;
      await store.put(await name(), text, { expirationTtl: Math.max(MIN_TTL_SECONDS, expiresAt - now) });
    },
  };
}
