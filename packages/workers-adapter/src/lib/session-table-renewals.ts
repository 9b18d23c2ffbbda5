import type { RenewedRecord } from "@edgeseal/core/adapter";
import { activeFor } from "./session-table-rows.js";

/** A session as it was when its renewal began. */
export interface TakenSession extends Record<string, SqlStorageValue> {
  readonly name: string;
  readonly sealed: string;
  readonly version: number;
}

/** Renewals of sessions that are in use. What comes back counts only for the version that was taken. */
export interface RenewalsTable {
  /** At most so many that are due; held back until then, so that a renewal which never ends is begun again. */
  takeDue(now: number, until: number, limit: number): readonly TakenSession[];
  renewed(taken: TakenSession, record: RenewedRecord, now: number, stamp: number): void;
  later(taken: TakenSession, at: number): void;
  isStill(taken: TakenSession): boolean;
}

const TAKE = `UPDATE sessions SET renew_at = ?1 WHERE name IN (
  SELECT name FROM sessions WHERE ended_at IS NULL AND forget_at > ?2 AND renew_at <= ?2 AND seen_at + active_for >= renew_at
  ORDER BY renew_at LIMIT ?3) RETURNING name, sealed, version`;
const STILL = "name = ? AND version = ? AND ended_at IS NULL";
const RENEW = `UPDATE sessions SET sealed = ?, generation = max(generation, ?), organization_id = ?, renew_at = ?, active_for = ?,
  version = max(version + 1, ?) WHERE ${STILL}`;

export function renewalsTable(sql: SqlStorage): RenewalsTable {
  return {
    takeDue: (now, until, limit) => sql.exec<TakenSession>(TAKE, until, now, limit).toArray(),
    renewed(taken, { sealed, generation, organizationId, renewAt }, now, stamp) {
      const facts = [organizationId ?? null, renewAt ?? null, activeFor(renewAt, now), stamp];
      sql.exec(RENEW, sealed, generation, ...facts, taken.name, taken.version);
    },
    later(taken, at) {
      sql.exec(`UPDATE sessions SET renew_at = ? WHERE ${STILL}`, at, taken.name, taken.version);
    },
    isStill: ({ name, version }) =>
      sql.exec(`SELECT 1 FROM sessions WHERE ${STILL}`, name, version).toArray().length > 0,
  };
}
