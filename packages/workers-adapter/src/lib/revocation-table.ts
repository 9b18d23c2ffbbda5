/** What was ended of one person, organisation or session of the provider. Times in epoch seconds. */
export interface RevocationRow {
  readonly mark: string;
  readonly since: number;
  readonly forgetAt: number;
}

/** Synchronous, so nothing happens between a decision and its record. */
export interface RevocationTable {
  /** Those of the marks that were ended and are not to be forgotten yet. */
  find(marks: readonly string[], now: number): readonly RevocationRow[];
  /** Moments of one mark only grow. */
  write(row: RevocationRow): void;
  /** Deletes what is to be forgotten; when the next one is, or `null` when nothing is left. */
  prune(now: number): number | null;
}

interface StoredRow extends Record<string, SqlStorageValue> {
  readonly mark: string;
  readonly since: number;
  readonly forget_at: number;
}

const FOUND = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'ended'";
const CREATE = `CREATE TABLE IF NOT EXISTS ended (
  mark TEXT PRIMARY KEY, since INTEGER NOT NULL, forget_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID`;
const WRITE = `INSERT INTO ended (mark, since, forget_at) VALUES (?, ?, ?)
  ON CONFLICT (mark) DO UPDATE SET since = max(since, excluded.since), forget_at = max(forget_at, excluded.forget_at)`;

/**
 * The table is there from the first ending until everything is deleted: then make anew. An entry that was only ever asked
 * stores nothing.
 */
export function revocationTable(sql: SqlStorage): RevocationTable {
  let made = sql.exec(FOUND).toArray().length > 0;
  return {
    find(marks, now) {
      if (!made) return [];
      const query = `SELECT * FROM ended WHERE forget_at > ? AND mark IN (${marks.map(() => "?").join(", ")})`;
      return sql
        .exec<StoredRow>(query, now, ...marks)
        .toArray()
        .map(({ mark, since, forget_at }) => ({ mark, since, forgetAt: forget_at }));
    },
    write({ mark, since, forgetAt }) {
      if (!made) sql.exec(CREATE);
      made = true;
      sql.exec(WRITE, mark, since, forgetAt);
    },
    prune(now) {
      if (!made) return null;
      sql.exec("DELETE FROM ended WHERE forget_at <= ?", now);
      const [next] = sql.exec<{ at: number | null }>("SELECT min(forget_at) AS at FROM ended").toArray();
      return next?.at ?? null;
    },
  };
}
