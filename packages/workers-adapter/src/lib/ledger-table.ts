import type { LedgerRow } from "@edgeseal/core/adapter";

/** The part of `DurableObjectStorage` used here: synchronous, so nothing happens between a decision and its record. */
export interface LedgerTable {
  read(): LedgerRow | null;
  write(row: LedgerRow): void;
}

interface StoredRow extends Record<string, SqlStorageValue> {
  readonly latest: number;
  readonly seen: number;
  readonly places: string;
  readonly successor: string | null;
  readonly settled_at: number;
  readonly lease_id: string | null;
  readonly lease_until: number;
  readonly not_before: number;
  readonly over_at: number;
  readonly ended: number;
  readonly spent: number;
  readonly forget_at: number;
}

const CREATE = `CREATE TABLE IF NOT EXISTS ledger (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  latest INTEGER NOT NULL, seen INTEGER NOT NULL, places TEXT NOT NULL, successor TEXT, settled_at INTEGER NOT NULL,
  lease_id TEXT, lease_until INTEGER NOT NULL, not_before INTEGER NOT NULL, over_at INTEGER NOT NULL,
  ended INTEGER NOT NULL, spent INTEGER NOT NULL, forget_at INTEGER NOT NULL
) STRICT`;

const WRITE = `INSERT OR REPLACE INTO ledger
  (id, latest, seen, places, successor, settled_at, lease_id, lease_until, not_before, over_at, ended, spent, forget_at)
  VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** The one row of a ledger object. The table is there from the first write until everything is deleted: then make anew. */
export function ledgerTable(sql: SqlStorage): LedgerTable {
  let made = false;
  return {
    read() {
      const found = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'ledger'").toArray();
      made = found.length > 0;
      if (!made) return null;
      const [stored] = sql.exec<StoredRow>("SELECT * FROM ledger WHERE id = 1").toArray();
      return stored === undefined ? null : fromStored(stored);
    },
    write(row) {
      if (!made) sql.exec(CREATE);
      made = true;
      sql.exec(
        WRITE,
        row.latest,
        row.seen,
        row.places,
        row.successor,
        row.settledAt,
        row.leaseId,
        row.leaseUntil,
        row.notBefore,
        row.overAt,
        row.ended ? 1 : 0,
        row.spent ? 1 : 0,
        row.forgetAt,
      );
    },
  };
}

function fromStored(stored: StoredRow): LedgerRow {
  return {
    latest: stored.latest,
    seen: stored.seen,
    places: stored.places,
    successor: stored.successor,
    settledAt: stored.settled_at,
    leaseId: stored.lease_id,
    leaseUntil: stored.lease_until,
    notBefore: stored.not_before,
    overAt: stored.over_at,
    ended: stored.ended === 1,
    spent: stored.spent === 1,
    forgetAt: stored.forget_at,
  };
}
