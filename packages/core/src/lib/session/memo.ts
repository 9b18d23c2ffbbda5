import type { AccessTokenClaims } from "../token/claims.js";
import type { TokenHeader } from "../token/read-token.js";
import type { Session } from "./session.js";

/** A cookie that was opened and verified in this isolate. Frozen: requests share it. */
export interface Remembered {
  readonly text: string;
  /** What it is sealed for: a text that opened on one host is no credential on another. */
  readonly realm: string;
  readonly session: Session;
  readonly claims: AccessTokenClaims;
  readonly header: TokenHeader;
  /** The key that verified the token: as long as the key set still holds this very object, the check still stands. */
  readonly key: CryptoKey;
  readonly keyVersion: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Of the record, where it lies in a store. */
  readonly version?: number;
}

/** What a cookie of this isolate was replaced by. */
export interface Replacement {
  readonly text: string;
  /** Until when whoever shows the older one is given the newer, in epoch seconds; never longer than the older one opens. */
  readonly until: number;
  /** What the older one held: a ledger is told what was shown, not what we know. */
  readonly presented: { readonly generation: number; readonly expiresAt: number };
}

/** A replaced cookie, and the newest that took its place. */
export interface Newer {
  readonly entry: Remembered;
  readonly presented: Replacement["presented"];
}

export interface Memo {
  get(text: string, realm: string): Remembered | undefined;
  put(entry: Remembered): void;
  /** What is to be used instead of `text`, if that was replaced here and may still be shown at `now`. */
  newer(text: string, realm: string, now: number): Newer | null;
  /** Remembers that `text` was refreshed, switched or sealed again into another one. */
  replace(text: string, by: Replacement): void;
  /**
   * Highest generation of this session that the isolate has seen in cookies of this realm; -1 for none. What other hosts
   * have is no newer cookie of this one.
   */
  generation(sessionId: string, realm: string): number;
  /** Forgets every cookie of a session that ended here. */
  forget(sessionId: string): void;
}

const MAX_ENTRIES = 2_000;
/** Texts are one byte a character; claims and strings around them cost about as much again. */
const MAX_CHARACTERS = 8_000_000;
/** Of replacements in a row: refreshes, switches and re-seals while one tab slept. */
const MAX_STEPS = 16;
/** Where in a sealed text its random salt stands: enough to find an entry, and far cheaper to hash than all of it. */
const [SALT_START, SALT_END] = [10, 42];

/**
 * A bounded map of one auth object. First in, first out: a cookie that is still used is opened once more, which is
 * cheaper than moving an entry at every request.
 */
export function createMemo(): Memo {
  const entries = new Map<string, Remembered>();
  const weights = new Map<string, number>();
  const replacements = new Map<string, Replacement & { readonly of: string }>();
  const generations = new Map<string, number>();
  let characters = 0;

  // Found by its salt, believed by its whole text: a text that only begins alike is another one.
  function get(text: string, realm: string): Remembered | undefined {
    const entry = entries.get(saltOf(text));
    return entry?.text === text && entry.realm === realm ? entry : undefined;
  }

  function replacementOf(text: string): Replacement | undefined {
    if (replacements.size === 0) return undefined;
    const by = replacements.get(saltOf(text));
    return by?.of === text ? by : undefined;
  }

  function drop(salt: string): void {
    if (!entries.has(salt)) return;
    entries.delete(salt);
    characters -= weights.get(salt) ?? 0;
    weights.delete(salt);
  }

  function generationOf(sessionId: string, realm: string): number {
    return generations.get(sessionId + realm) ?? -1;
  }

  return {
    get,
    put(entry) {
      const salt = saltOf(entry.text);
      drop(salt);
      entries.set(salt, entry);
      const weight = weightOf(entry);
      weights.set(salt, weight);
      characters += weight;
      const { sessionId, generation } = entry.session;
      setBounded(generations, sessionId + entry.realm, Math.max(generation, generationOf(sessionId, entry.realm)));
      for (const oldest of entries.keys()) {
        if (entries.size <= MAX_ENTRIES && characters <= MAX_CHARACTERS) break;
        drop(oldest);
      }
    },
    newer(text, realm, now) {
      const first = replacementOf(text);
      if (first === undefined || now >= first.until) return null;
      // To the end: one in between is older than what the browser has, and would be written over it.
      let last = first;
      for (let step = 0; step < MAX_STEPS; step++) last = replacementOf(last.text) ?? last;
      const entry = get(last.text, realm);
      if (entry === undefined || generationOf(entry.session.sessionId, realm) > entry.session.generation) return null;
      return { entry, presented: first.presented };
    },
    replace: (text, by) => setBounded(replacements, saltOf(text), { ...by, of: text }),
    generation: generationOf,
    forget(sessionId) {
      for (const [salt, entry] of entries) {
        if (entry.session.sessionId !== sessionId) continue;
        drop(salt);
        replacements.delete(salt);
      }
    },
  };
}

/** The text of a session in a store is a short id, whatever the session holds; and a sealed one is compressed. */
function weightOf({ text, session }: Remembered): number {
  return Math.max(text.length, JSON.stringify(session).length);
}

function saltOf(text: string): string {
  return text.slice(SALT_START, SALT_END);
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
