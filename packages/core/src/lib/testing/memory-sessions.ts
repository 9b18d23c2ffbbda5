import type { ClockOption } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import type {
  CopiedRecord,
  EndedRecord,
  EndedWhich,
  ListedRecord,
  RecordFacts,
  SessionHome,
  SessionRecord,
  SessionShelf,
} from "../base/session-home.js";

interface Row {
  readonly record: SessionRecord;
  readonly version: number;
  readonly seenAt: number;
}

interface Shelf {
  /** By ledger name. */
  readonly rows: Map<string, Row>;
  /** Ledger name by key. */
  readonly names: Map<string, string>;
  readonly ended: Set<string>;
  /** All that began before it have ended, but for the one that is named. */
  endedBefore: { readonly moment: number; readonly except?: string };
  versions: number;
}

/** As exact as that of `SessionObject`. */
const SEEN_SECONDS = 300;
const MOST_LISTED = 1_000;

/**
 * The store of `SessionObject` in memory, without its background renewal: what is written or ended is seen by the next
 * question. Passed to several auths, it is what several isolates share.
 */
export function createMemorySessions(clock: ClockOption = {}): SessionHome {
  const shelves = new Map<string, Shelf>();
  return {
    getByName(person) {
      const shelf = shelves.get(person) ?? emptyShelf();
      shelves.set(person, shelf);
      return shelfOf(shelf, clock);
    },
  };
}

function emptyShelf(): Shelf {
  return { rows: new Map(), names: new Map(), ended: new Set(), endedBefore: { moment: 0 }, versions: 0 };
}

function shelfOf(shelf: Shelf, clock: ClockOption): Required<SessionShelf> {
  const { rows, names, ended } = shelf;

  function rowOf(key: string): Row | undefined {
    const row = rows.get(names.get(key) ?? "");
    return row !== undefined && readClock(clock) < row.record.expiresAt ? row : undefined;
  }

  function end(name: string): EndedRecord[] {
    ended.add(name);
    const row = rows.get(name);
    rows.delete(name);
    return row ? [{ ...factsOf(row.record), sealed: row.record.sealed }] : [];
  }

  /** Also one that never lay here, and may still be brought in a sealed cookie. */
  function hasEnded({ name, createdAt }: CopiedRecord): boolean {
    const { moment, except } = shelf.endedBefore;
    return ended.has(name) || (!rows.has(name) && name !== except && createdAt < moment);
  }

  function namesOf(which: EndedWhich): string[] {
    if (which.kind === "name") return [which.name];
    if (which.kind === "key") return [names.get(which.key) ?? []].flat();
    const { except, since } = which;
    const moment = Math.max(shelf.endedBefore.moment, since === undefined ? readClock(clock) : since + 1);
    shelf.endedBefore = { moment, ...(except !== undefined && { except }) };
    return [...rows]
      .filter(([name, { record }]) => name !== except && (since === undefined || record.createdAt <= since))
      .map(([name]) => name);
  }

  return {
    async load(key, known, copy) {
      const row = rowOf(key);
      if (row === undefined) return copy && hasEnded(copy) ? { state: "ended" } : null;
      const now = readClock(clock);
      const { record, version } = row;
      if (now - row.seenAt >= SEEN_SECONDS) rows.set(record.name, { ...row, seenAt: now });
      if (version === known) return { state: "same" };
      return { state: "found", version, name: record.name, sealed: record.sealed };
    },
    async save(record) {
      const { name, key, generation } = record;
      if (hasEnded(record)) return { state: "ended" };
      const before = rows.get(name);
      names.set(key, name);
      if (before && before.record.generation > generation) return { state: "older" };
      const version = ++shelf.versions;
      const { userAgent = record.userAgent, ipAddress = record.ipAddress } = before?.record ?? {};
      const client = { ...(userAgent !== undefined && { userAgent }), ...(ipAddress !== undefined && { ipAddress }) };
      rows.set(name, { record: { ...record, ...client }, version, seenAt: readClock(clock) });
      return { state: "saved", version };
    },
    end: async (which) => namesOf(which).flatMap(end),
    async list() {
      const now = readClock(clock);
      return [...rows.values()]
        .filter(({ record }) => now < record.expiresAt)
        .map(({ record, seenAt }): ListedRecord => ({ ...factsOf(record), seenAt }))
        .sort((one, other) => other.createdAt - one.createdAt || (one.name < other.name ? -1 : 1))
        .slice(0, MOST_LISTED);
    },
  };
}

function factsOf(record: SessionRecord): RecordFacts {
  const { name, createdAt, endsAt, organizationId, userAgent, ipAddress } = record;
  return {
    name,
    createdAt,
    endsAt,
    ...(organizationId !== undefined && { organizationId }),
    ...(userAgent !== undefined && { userAgent }),
    ...(ipAddress !== undefined && { ipAddress }),
  };
}
