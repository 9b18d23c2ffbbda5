import type {
  CopiedRecord,
  EndedRecord,
  EndedWhich,
  ListedRecord,
  SavedRecord,
  SessionRecord,
} from "@edgeseal/core/adapter";
import { type EndingsTable, endingsTable } from "./session-table-endings.js";
import { type RenewalsTable, renewalsTable } from "./session-table-renewals.js";
import { activeFor, createTables, factsOf, type StoredFacts, tablesFound } from "./session-table-rows.js";

/** Live sessions of one person; a further one ends that which nobody has asked for the longest. */
export const MAX_LIVE = 1_000;
/** Cookies that lead to one session; a further one replaces the oldest. */
export const MAX_KEYS = 16;

/** Synchronous, so nothing happens between a decision and its record. Times in epoch seconds. */
export interface SessionTable extends RenewalsTable {
  /** The live session of this key; without its seal where the caller knows that version. */
  find(key: string, known: number | undefined, now: number): FoundSession | null;
  touch(name: string, now: number): void;
  /** `stamp`: what the version is at least. */
  save(record: SessionRecord, now: number, stamp: number): SavedRecord;
  /** Also of one that never lay here. */
  hasEnded(record: CopiedRecord): boolean;
  end(which: EndedWhich, now: number): readonly EndedRecord[];
  list(now: number): readonly ListedRecord[];
  /** Deletes what is over. */
  prune(now: number): void;
  isEmpty(): boolean;
  /** When something is to be done next, or `null` for never. */
  next(renews: boolean): number | null;
}

export interface FoundSession {
  readonly name: string;
  readonly version: number;
  readonly seenAt: number;
  /** `null`: the caller knows it. */
  readonly sealed: string | null;
}

interface FoundRow extends Record<string, SqlStorageValue> {
  readonly name: string;
  readonly version: number;
  readonly seen_at: number;
  readonly sealed: string | null;
}

const FIND = `SELECT name, version, seen_at, CASE WHEN version = ? THEN NULL ELSE sealed END AS sealed
  FROM keys JOIN sessions USING (name) WHERE key = ? AND ended_at IS NULL AND forget_at > ?`;
/** Who signed in, and from where, is said once. The last column is the long one: a list never reads it. */
const WRITE = `INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?) ON CONFLICT (name) DO UPDATE SET
  ends_at = max(ends_at, excluded.ends_at), forget_at = excluded.forget_at, organization_id = excluded.organization_id,
  user_agent = coalesce(user_agent, excluded.user_agent), ip_address = coalesce(ip_address, excluded.ip_address),
  generation = excluded.generation, version = max(version + 1, excluded.version), seen_at = excluded.seen_at,
  renew_at = excluded.renew_at, active_for = excluded.active_for, sealed = excluded.sealed
  RETURNING version`;
const LEAD =
  "INSERT INTO keys (key, name) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET name = excluded.name WHERE name <> excluded.name";
const DROP_KEYS = `DELETE FROM keys WHERE name = ?1 AND rowid NOT IN
  (SELECT rowid FROM keys WHERE name = ?1 ORDER BY rowid DESC LIMIT ${MAX_KEYS})`;
const LIST = `SELECT name, created_at, ends_at, organization_id, user_agent, ip_address, seen_at FROM sessions
  WHERE ended_at IS NULL AND forget_at > ? ORDER BY created_at DESC, name LIMIT ${MAX_LIVE}`;
const NEXT = `SELECT min(at) AS at FROM (
  SELECT min(forget_at) AS at FROM sessions
  UNION ALL SELECT min(forget_at) FROM endings
  UNION ALL SELECT min(renew_at) FROM sessions WHERE ? AND ended_at IS NULL AND seen_at + active_for >= renew_at)`;

/** The tables are there from the first row until everything is deleted: then make anew. Who only asks stores nothing. */
export function sessionTable(sql: SqlStorage): SessionTable {
  let made = tablesFound(sql);
  const make = () => {
    if (!made) createTables(sql);
    made = true;
  };
  const endings: EndingsTable = endingsTable(sql);
  const renewals: RenewalsTable = renewalsTable(sql);

  function standing(name: string): { readonly generation: number; readonly ended: number } | undefined {
    const query = "SELECT generation, ended_at IS NOT NULL AS ended FROM sessions WHERE name = ?";
    return sql.exec<{ generation: number; ended: number }>(query, name).toArray()[0];
  }

  function hasEnded(record: CopiedRecord): boolean {
    if (!made) return false;
    const row = standing(record.name);
    return row ? row.ended === 1 : endings.covers(record);
  }

  function refusal(record: SessionRecord): "older" | "ended" | null {
    if (hasEnded(record)) return "ended";
    const row = made ? standing(record.name) : undefined;
    return row && row.generation > record.generation ? "older" : null;
  }

  function lead(key: string, name: string): void {
    if (sql.exec(LEAD, key, name).rowsWritten > 0) sql.exec(DROP_KEYS, name);
  }

  return {
    find(key, known, now) {
      if (!made) return null;
      const [row] = sql.exec<FoundRow>(FIND, known ?? null, key, now).toArray();
      return row ? { name: row.name, version: row.version, seenAt: row.seen_at, sealed: row.sealed } : null;
    },
    touch(name, now) {
      sql.exec("UPDATE sessions SET seen_at = ? WHERE name = ? AND ended_at IS NULL", now, name);
    },
    hasEnded,
    save(record, now, stamp) {
      make();
      const refused = refusal(record);
      // A late tab's cookie leads to the newer session as well.
      if (refused === "older") lead(record.key, record.name);
      if (refused) return { state: refused };
      const isNew = standing(record.name) === undefined;
      const { name, createdAt, endsAt, expiresAt, generation, sealed, renewAt } = record;
      const facts = [record.organizationId ?? null, record.userAgent ?? null, record.ipAddress ?? null];
      const times = [stamp, now, renewAt ?? null, activeFor(renewAt, now)];
      const row = [name, createdAt, endsAt, Math.min(expiresAt, endsAt), ...facts, generation, ...times, sealed];
      const { version } = sql.exec<{ version: number }>(WRITE, ...row).one();
      lead(record.key, name);
      if (isNew) endings.endBeyond(MAX_LIVE, name, now);
      return { state: "saved", version };
    },
    end(which, now) {
      // What is ended by its key has one.
      if (!made && which.kind === "key") return [];
      make();
      return endings.end(which, now);
    },
    list(now) {
      if (!made) return [];
      const rows = sql.exec<StoredFacts & { readonly seen_at: number }>(LIST, now).toArray();
      return rows.map((row) => ({ ...factsOf(row), seenAt: row.seen_at }));
    },
    prune(now) {
      if (!made) return;
      sql.exec("DELETE FROM keys WHERE name IN (SELECT name FROM sessions WHERE forget_at <= ?)", now);
      sql.exec("DELETE FROM sessions WHERE forget_at <= ?", now);
      sql.exec("DELETE FROM endings WHERE forget_at <= ?", now);
    },
    isEmpty() {
      if (!made) return true;
      const query = "SELECT EXISTS (SELECT 1 FROM sessions) OR EXISTS (SELECT 1 FROM endings) AS some";
      return sql.exec<{ some: number }>(query).one().some === 0;
    },
    next(renews) {
      return made ? sql.exec<{ at: number | null }>(NEXT, renews ? 1 : 0).one().at : null;
    },
    takeDue: (now, until, limit) => (made ? renewals.takeDue(now, until, limit) : []),
    renewed: (taken, record, now, stamp) => renewals.renewed(taken, record, now, stamp),
    later: (taken, at) => renewals.later(taken, at),
    isStill: (taken) => renewals.isStill(taken),
  };
}
