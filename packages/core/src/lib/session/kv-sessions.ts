import { randomBytes } from "../base/bytes.js";
import { pause } from "../base/deadline.js";
import { refuseConfig } from "../base/errors.js";
import { hasMethod, unknownOptions } from "../base/option-checks.js";
import type { ClockOption, KeyValueStore } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import type {
  CopiedRecord,
  EndedRecord,
  LoadedRecord,
  SavedRecord,
  SessionHome,
  SessionRecord,
  SessionShelf,
} from "../base/session-home.js";
import { type KvRecord, readKvRecord, writeKvRecord } from "./kv-record.js";

const PREFIX = "edgeseal:session:";
/** KV refuses a shorter life. */
const LEAST_TTL_SECONDS = 60;
/** KV takes one write a second of a key. */
const BETWEEN_WRITES_MILLISECONDS = 1_100;
/** 400 days (RFC 6265bis §5.5): an ending is remembered longer than any session lasts. */
const KEPT_SECONDS = 34_560_000;
const MAX_NAMES = 5_000;
const ENDED = "ended";

/**
 * Stored sessions in a key-value store, for `opaqueStore`: wherever KV is the only store there is. It is as late as KV: an
 * ending counts everywhere within 60 seconds. Nobody can say what sessions a person has, so they cannot be listed, and
 * ended by name or all at once only. Throws `config_invalid`.
 */
export function kvSessions(kv: KeyValueStore, options: ClockOption = {}): SessionHome {
  refuseConfig([
    ...unknownOptions(options, ["now"], "kvSessions"),
    ...(hasMethod(kv, "get") && hasMethod(kv, "put") ? [] : ["`kvSessions` needs a KV namespace; is it bound?"]),
  ]);
  const names = rememberedNames();
  return { isEventual: true, getByName: (person) => shelfOf(kv, person, names, options) };
}

/**
 * A record lies under its key. Endings lie apart from it, under names of their own that nothing else is ever written to:
 * whoever saves a record without having seen its ending yet cannot bring the session back.
 */
function shelfOf(kv: KeyValueStore, person: string, names: Names, clock: ClockOption): SessionShelf {
  const recordAt = (key: string): string => `${PREFIX}${person}:${key}`;
  const endingAt = (name: string): string => `${PREFIX}${person}:${ENDED}:${name}`;
  const allAt = `${PREFIX}${person}:${ENDED}`;

  /** What lies there, and whether its session, or else `expected`, has ended. One trip where its name is known. */
  async function look(key: string, expected?: CopiedRecord): Promise<Found> {
    const guess = expected?.name ?? names.get(key);
    const [text, all, guessed] = await Promise.all([
      kv.get(recordAt(key)),
      kv.get(allAt),
      guess === undefined ? null : kv.get(endingAt(guess)),
    ]);
    if (text === ENDED) return { record: null, ended: true };
    const record = text === null ? null : readKvRecord(text);
    const session = record ?? expected;
    if (session === undefined) return { record, ended: false };
    if (record) names.set(key, record.name);
    const ending = guess === session.name ? guessed : await kv.get(endingAt(session.name));
    return { record, ended: ending !== null || session.createdAt <= momentOf(all) };
  }

  async function load(key: string, known?: number, copy?: CopiedRecord): Promise<LoadedRecord | null> {
    const { record, ended } = await look(key, copy);
    if (ended && copy !== undefined) return { state: "ended" };
    if (record === null || ended || record.expiresAt <= readClock(clock)) return null;
    const { version, name, sealed } = record;
    return version === known ? { state: "same" } : { state: "found", version, name, sealed };
  }

  async function save(record: SessionRecord): Promise<SavedRecord> {
    const { key, name, createdAt, endsAt, expiresAt, sealed, generation } = record;
    const found = await look(key, record);
    if (found.ended) return { state: "ended" };
    if (found.record !== null && found.record.generation > generation) return { state: "older" };
    const version = newVersion();
    const text = writeKvRecord({ version, name, createdAt, endsAt, expiresAt, sealed, generation });
    await write(recordAt(key), text, expiresAt - readClock(clock));
    return { state: "saved", version };
  }

  async function endKey(key: string): Promise<readonly EndedRecord[]> {
    const { record, ended } = await look(key);
    if (record === null) {
      // It may be there, and only not yet here.
      if (!ended) await write(recordAt(key), ENDED, KEPT_SECONDS);
      return [];
    }
    const { name, createdAt, endsAt, sealed } = record;
    const seconds = endsAt - readClock(clock);
    await Promise.all([write(endingAt(name), ENDED, seconds), write(recordAt(key), ENDED, seconds)]);
    return ended ? [] : [{ name, createdAt, endsAt, sealed }];
  }

  async function write(at: string, value: string, seconds: number): Promise<void> {
    const expirationTtl = Math.max(LEAST_TTL_SECONDS, seconds);
    try {
      await kv.put(at, value, { expirationTtl });
    } catch {
      // One write a second and key: somebody wrote the same a moment ago. What fails for another reason fails again.
      await pause(BETWEEN_WRITES_MILLISECONDS);
      await kv.put(at, value, { expirationTtl });
    }
  }

  return {
    load,
    save,
    async end(which) {
      if (which.kind === "key") return endKey(which.key);
      if (which.kind === "name") {
        await write(endingAt(which.name), ENDED, KEPT_SECONDS);
        return [];
      }
      // Two such orders within KV's lag could each undo the other's: the moment alone can only move on.
      if (which.except !== undefined)
        throw new TypeError("edgeseal: a key-value store cannot end all sessions but one.");
      const since = Math.max(which.since ?? readClock(clock), momentOf(await kv.get(allAt)));
      await write(allAt, String(since), KEPT_SECONDS);
      return [];
    },
  };
}

interface Found {
  readonly record: KvRecord | null;
  readonly ended: boolean;
}

/** Before every session, where there is none or it is something else. */
function momentOf(text: string | null): number {
  return text !== null && /^\d{1,10}$/.test(text) ? Number(text) : -1;
}

/** 48 random bits: two saves of one generation differ, wherever they were made. */
function newVersion(): number {
  return randomBytes(16)
    .subarray(0, 6)
    .reduce((sum, byte) => sum * 256 + byte, 0);
}

interface Names {
  get(key: string): string | undefined;
  set(key: string, name: string): void;
}

/** Which session lies under a key never changes, so an isolate may remember it and save a trip. */
function rememberedNames(): Names {
  const known = new Map<string, string>();
  return {
    get: (key) => known.get(key),
    set(key, name) {
      known.delete(key);
      known.set(key, name);
      const [oldest] = known.keys();
      if (oldest !== undefined && known.size > MAX_NAMES) known.delete(oldest);
    },
  };
}
