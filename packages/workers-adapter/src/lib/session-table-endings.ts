import type { EndedRecord, EndedWhich, SessionRecord } from "@edgeseal/core/adapter";
import { factsOf, type StoredFacts } from "./session-table-rows.js";

/** Ended sessions that are remembered by name; of more, those that ended first are forgotten. */
const MAX_ENDED = 1_000;
/** No cookie lives longer: who is not on the shelf, but ended, cannot come after that. */
const MAX_COOKIE_SECONDS = 400 * 86_400;
/** A call to an object answers 32 MiB at most: of more, the older sessions come without their seals. */
const MAX_SEALS = 16_777_216;
/** Later than every session begins. */
const ALWAYS = 0xffff_ffff;

/** What ended before its time. The tables are there. */
export interface EndingsTable {
  /** Ends what is named and live, and remembers it. Newest first. */
  end(which: EndedWhich, now: number): readonly EndedRecord[];
  /** Ends of the live sessions all but so many, which were seen last; never the named one. */
  endBeyond(count: number, name: string, now: number): void;
  /** Whether somebody ended everything that began when this did. Asked only of whom the shelf does not know. */
  covers(record: Pick<SessionRecord, "name" | "createdAt">): boolean;
}

const COLUMNS = "name, created_at, ends_at, organization_id, user_agent, ip_address, sealed";
const NAMED = "name = ?";
const KEYED = "name = (SELECT name FROM keys WHERE key = ?)";
const BEGUN = "name <> ? AND created_at <= ?";
const BEYOND = `name IN (SELECT name FROM sessions WHERE ended_at IS NULL AND name <> ?
  ORDER BY seen_at DESC, created_at DESC LIMIT -1 OFFSET ?)`;
const UNSEEN =
  "INSERT INTO sessions VALUES (?1, 0, ?2, ?2, NULL, NULL, NULL, 0, 0, 0, NULL, 0, ?3, NULL) ON CONFLICT DO NOTHING";
const FORGET = `DELETE FROM sessions WHERE name IN (SELECT name FROM sessions WHERE ended_at IS NOT NULL
  ORDER BY ended_at DESC LIMIT -1 OFFSET ${MAX_ENDED})`;
/** A hash is never empty: an empty name spares nobody. */
const REMEMBER = `INSERT INTO endings VALUES (?, ?, ?)
  ON CONFLICT (spared) DO UPDATE SET since = max(since, excluded.since), forget_at = max(forget_at, excluded.forget_at)`;
/** The latest ending covers all but the one it spares; that one, the latest which spares another. No third is ever asked. */
const TWO = "DELETE FROM endings WHERE spared NOT IN (SELECT spared FROM endings ORDER BY since DESC, spared LIMIT 2)";

export function endingsTable(sql: SqlStorage): EndingsTable {
  /** What is sealed is deleted with the ending, and so is what tells who it was. */
  function mark(where: string, by: readonly SqlStorageValue[], now: number): void {
    const ended = sql.exec(
      `UPDATE sessions SET ended_at = ?, forget_at = ends_at, renew_at = NULL, sealed = NULL,
        organization_id = NULL, user_agent = NULL, ip_address = NULL WHERE ended_at IS NULL AND ${where}`,
      now,
      ...by,
    );
    if (ended.rowsWritten === 0) return;
    sql.exec(FORGET);
    sql.exec("DELETE FROM keys WHERE name NOT IN (SELECT name FROM sessions WHERE ended_at IS NULL)");
  }

  function endLive(where: string, by: readonly SqlStorageValue[], now: number): readonly EndedRecord[] {
    const query = `SELECT ${COLUMNS} FROM sessions WHERE ended_at IS NULL AND forget_at > ? AND ${where} ORDER BY created_at DESC`;
    const rows = sql.exec<StoredFacts & { readonly sealed: string }>(query, now, ...by).toArray();
    mark(where, by, now);
    let left = MAX_SEALS;
    return rows.map((row) => {
      left -= row.sealed.length;
      return { ...factsOf(row), sealed: left < 0 ? "" : row.sealed };
    });
  }

  return {
    end(which, now) {
      if (which.kind === "key") return endLive(KEYED, [which.key], now);
      if (which.kind === "name") {
        const ended = endLive(NAMED, [which.name], now);
        if (sql.exec(UNSEEN, which.name, now + MAX_COOKIE_SECONDS, now).rowsWritten > 0) sql.exec(FORGET);
        return ended;
      }
      const { except = "", since = ALWAYS } = which;
      // Without a moment it is this one; who signs in again within its second is not meant.
      sql.exec(REMEMBER, except, which.since ?? now - 1, now + MAX_COOKIE_SECONDS);
      sql.exec(TWO);
      return endLive(BEGUN, [except, since], now);
    },
    endBeyond(count, name, now) {
      mark(BEYOND, [name, count - 1], now);
    },
    covers({ name, createdAt }) {
      const query = "SELECT EXISTS (SELECT 1 FROM endings WHERE spared <> ? AND since >= ?) AS covered";
      return sql.exec<{ covered: number }>(query, name, createdAt).one().covered === 1;
    },
  };
}
