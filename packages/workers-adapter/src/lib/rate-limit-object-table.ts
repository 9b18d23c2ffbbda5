/** What a counter keeps: the calls that count, and when the last of them lapses. Times in epoch milliseconds. */
export interface RateLimitRow {
  readonly times: readonly number[];
  readonly forgetAt: number;
}

/** Synchronous, so nothing happens between a decision and its record. */
export interface RateLimitTable {
  read(): RateLimitRow | null;
  write(row: RateLimitRow): void;
}

interface StoredRow extends Record<string, SqlStorageValue> {
  readonly times: string;
  readonly forget_at: number;
}

const CREATE = `CREATE TABLE IF NOT EXISTS calls (
  id INTEGER PRIMARY KEY CHECK (id = 1), times TEXT NOT NULL, forget_at INTEGER NOT NULL
) STRICT`;
const FIND = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'calls'";
const WRITE = "INSERT OR REPLACE INTO calls (id, times, forget_at) VALUES (1, ?, ?)";

/**
 * The one row of a counter: a call is one row written, and what has lapsed costs no deletion of its own. The table is there
 * from the first write until everything is deleted: then make anew.
 */
export function rateLimitTable(sql: SqlStorage): RateLimitTable {
  let made = false;
  return {
    read() {
      made = sql.exec(FIND).toArray().length > 0;
      if (!made) return null;
      const [stored] = sql.exec<StoredRow>("SELECT times, forget_at FROM calls WHERE id = 1").toArray();
      return stored === undefined ? null : { times: readTimes(stored.times), forgetAt: stored.forget_at };
    },
    write({ times, forgetAt }) {
      if (!made) sql.exec(CREATE);
      made = true;
      sql.exec(WRITE, times.join(","), forgetAt);
    },
  };
}

/** Written by us alone. */
function readTimes(text: string): readonly number[] {
  return text === "" ? [] : text.split(",").map(Number);
}
