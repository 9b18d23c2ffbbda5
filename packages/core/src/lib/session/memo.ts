import type { AccessTokenClaims } from "../token/claims.js";
import type { TokenHeader } from "../token/read-token.js";
import type { Session } from "./session.js";

/** A cookie that was opened and verified in this isolate. Frozen: requests share it. */
export interface Remembered {
  readonly text: string;
  readonly session: Session;
  readonly claims: AccessTokenClaims;
  readonly header: TokenHeader;
  /** The key that verified the token: as long as the key set still holds this very object, the check still stands. */
  readonly key: CryptoKey;
  readonly keyVersion: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** What a cookie of this isolate was replaced by. */
export interface Replacement {
  readonly text: string;
  /** Until when whoever shows the older one is given the newer, in epoch seconds. */
  readonly until: number;
  /** What the older one held: a ledger is told what was shown, not what we know. */
  readonly presented: { readonly generation: number; readonly expiresAt: number };
}

export interface Memo {
  get(text: string): Remembered | undefined;
  put(entry: Remembered): void;
  replacement(text: string): Replacement | undefined;
  /** Remembers that `text` was refreshed, switched or sealed again into another one. */
  replace(text: string, by: Replacement): void;
  /** Highest generation of this session that the isolate has seen; -1 for none. */
  generation(sessionId: string): number;
  /** Forgets every cookie of a session that ended here. */
  forget(sessionId: string): void;
}

const MAX_ENTRIES = 2_000;
/** Cookie texts are one byte a character; claims and strings around them cost about as much again. */
const MAX_CHARACTERS = 8_000_000;

/**
 * A bounded map of one auth object. First in, first out: a cookie that is still used is opened once more, which is
 * cheaper than moving an entry at every request.
 */
export function createMemo(): Memo {
  const entries = new Map<string, Remembered>();
  const replacements = new Map<string, Replacement>();
  const generations = new Map<string, number>();
  let characters = 0;

  function drop(text: string): void {
    if (!entries.delete(text)) return;
    characters -= text.length;
  }

  return {
    get: (text) => entries.get(text),
    put(entry) {
      drop(entry.text);
      entries.set(entry.text, entry);
      characters += entry.text.length;
      const { sessionId, generation } = entry.session;
      setBounded(generations, sessionId, Math.max(generation, generations.get(sessionId) ?? -1));
      for (const oldest of entries.keys()) {
        if (entries.size <= MAX_ENTRIES && characters <= MAX_CHARACTERS) break;
        drop(oldest);
      }
    },
    replacement: (text) => replacements.get(text),
    replace: (text, by) => setBounded(replacements, text, by),
    generation: (sessionId) => generations.get(sessionId) ?? -1,
    forget(sessionId) {
      for (const [text, entry] of entries) {
        if (entry.session.sessionId !== sessionId) continue;
        drop(text);
        replacements.delete(text);
      }
    },
  };
}

function setBounded<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_ENTRIES) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
