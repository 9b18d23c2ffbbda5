import type { AuditRecord } from "@edgeseal/core";
import { readAuditEvent } from "@edgeseal/core/adapter";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;
/** A row's id; SQLite counts to 2^63, JavaScript not. */
const CURSOR = /^[1-9]\d{0,14}$/;

/** What is named must hold for every event. `undefined` asks for nothing; an empty text is nobody's id and finds nothing. */
export interface AuditQuery {
  readonly userId?: string | undefined;
  readonly organizationId?: string | undefined;
  readonly type?: string | undefined;
  /** Epoch seconds: events of this time and later. */
  readonly from?: number | undefined;
  /** Epoch seconds: events before this time. */
  readonly until?: number | undefined;
  /** Default 50, at most 500. */
  readonly limit?: number | undefined;
  /** Of the page before. */
  readonly cursor?: string | undefined;
}

export type AuditPage =
  | {
      readonly ok: true;
      /** Newest first. */
      readonly events: readonly AuditRecord[];
      /** For the next page. Absent: this is the last one. */
      readonly cursor?: string;
    }
  | { readonly ok: false; readonly reason: "cursor_invalid" | "time_invalid" };

interface Row {
  readonly id: number;
  readonly event_id: string;
  readonly event_type: string;
  readonly user_id: string | null;
  readonly organization_id: string | null;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly metadata: string;
  readonly timestamp: string;
}

/** One page of the log, by whom, where, what and when. Reads no more rows than it gives, however long the log has grown. */
export async function readAuditLog(db: D1Database, query: AuditQuery = {}): Promise<AuditPage> {
  const { from, until, cursor, limit = DEFAULT_LIMIT } = query;
  if (cursor !== undefined && !CURSOR.test(cursor)) return { ok: false, reason: "cursor_invalid" };
  if (![from, until].every(isTime)) return { ok: false, reason: "time_invalid" };
  const size = Number.isFinite(limit) ? Math.min(MAX_LIMIT, Math.max(1, Math.floor(limit))) : DEFAULT_LIMIT;
  const { sql, values } = select(query, size + 1);
  const { results } = await db
    .prepare(sql)
    .bind(...values)
    .all<Row>();
  const rows = results.slice(0, size);
  const last = results.length > size ? rows.at(-1) : undefined;
  return { ok: true, events: rows.map(eventOf), ...(last && { cursor: String(last.id) }) };
}

/** Of what is asked, only parameters become values. The cursor names a row, and pages go on at its time and id. */
export function select(
  { userId, organizationId, type, from, until, cursor }: AuditQuery,
  limit: number,
): { readonly sql: string; readonly values: readonly (string | number)[] } {
  const asked: readonly (readonly [condition: string, value: string | number | undefined])[] = [
    ["user_id = ?", userId],
    ["organization_id = ?", organizationId],
    ["event_type = ?", type],
    ["timestamp >= ?", from === undefined ? undefined : dateOf(from)],
    ["timestamp < ?", until === undefined ? undefined : dateOf(until)],
    ["(timestamp, id) < (SELECT timestamp, id FROM auth_audit_log WHERE id = ?)", cursor && Number(cursor)],
  ];
  const given = asked.flatMap(([condition, value]) => (value === undefined ? [] : [{ condition, value }]));
  const where = given.length === 0 ? "" : `WHERE ${given.map(({ condition }) => condition).join(" AND ")} `;
  return {
    sql: `SELECT id, event_id, event_type, user_id, organization_id, ip_address, user_agent, metadata, timestamp
FROM auth_audit_log ${where}ORDER BY timestamp DESC, id DESC LIMIT ?`,
    values: [...given.map(({ value }) => value), limit],
  };
}

/** Seconds of the years that four digits hold: dates of other years do not sort as text. */
function isTime(seconds: number | undefined): boolean {
  return seconds === undefined || (seconds >= 0 && seconds < 253_402_300_800);
}

function dateOf(seconds: number): string {
  return new Date(Math.floor(seconds * 1000)).toISOString();
}

/** The row of another writer may hold what no event of ours does: then its columns are what there is to tell. */
function eventOf(row: Row): AuditRecord {
  const { user_id: userId, organization_id: organizationId, ip_address: ipAddress, user_agent: userAgent } = row;
  const columns = {
    id: row.event_id,
    type: row.event_type,
    at: Math.floor(Date.parse(row.timestamp) / 1000),
    ...(userId !== null && { userId }),
    ...(organizationId !== null && { organizationId }),
    ...(ipAddress !== null && { ipAddress }),
    ...(userAgent !== null && { userAgent }),
  };
  return readAuditEvent({ ...parseMetadata(row.metadata), ...columns }) ?? columns;
}

function parseMetadata(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {}; // SyntaxError: a row of another writer
  }
}
