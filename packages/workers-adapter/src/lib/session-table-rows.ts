import type { RecordFacts } from "@edgeseal/core/adapter";

/** Who was not seen for this long, nor within the life of one token, is not renewed for. */
const ACTIVE_SECONDS = 3_600;

const FOUND = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'sessions'";
const CREATE = `
CREATE TABLE IF NOT EXISTS sessions (
  name TEXT PRIMARY KEY, created_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, forget_at INTEGER NOT NULL,
  organization_id TEXT, user_agent TEXT, ip_address TEXT,
  generation INTEGER NOT NULL, version INTEGER NOT NULL, seen_at INTEGER NOT NULL,
  renew_at INTEGER, active_for INTEGER NOT NULL, ended_at INTEGER, sealed TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS keys_by_name ON keys (name);
CREATE TABLE IF NOT EXISTS endings (
  spared TEXT PRIMARY KEY, since INTEGER NOT NULL, forget_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID`;

export interface StoredFacts extends Record<string, SqlStorageValue> {
  readonly name: string;
  readonly created_at: number;
  readonly ends_at: number;
  readonly organization_id: string | null;
  readonly user_agent: string | null;
  readonly ip_address: string | null;
}

export function tablesFound(sql: SqlStorage): boolean {
  return sql.exec(FOUND).toArray().length > 0;
}

export function createTables(sql: SqlStorage): void {
  sql.exec(CREATE);
}

export function factsOf(row: StoredFacts): RecordFacts {
  return {
    name: row.name,
    createdAt: row.created_at,
    endsAt: row.ends_at,
    ...(row.organization_id !== null && { organizationId: row.organization_id }),
    ...(row.user_agent !== null && { userAgent: row.user_agent }),
    ...(row.ip_address !== null && { ipAddress: row.ip_address }),
  };
}

/** How long after it was last seen a session is still renewed; of a token that lives longer than an hour, as long as that. */
export function activeFor(renewAt: number | undefined, now: number): number {
  return Math.max(ACTIVE_SECONDS, renewAt === undefined ? 0 : renewAt - now);
}
