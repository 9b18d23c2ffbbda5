import type { AuditRecord, AuditSink } from "@edgeseal/core";
import { readAuditEvent } from "@edgeseal/core/adapter";

/** Rows of one statement. At most 1.5 KB each: far below the megabyte that a parameter may have. */
const MAX_ROWS = 500;

/** One parameter holds all rows, because D1 takes a hundred in all. An event that is there already is left as it is. */
const INSERT = `INSERT INTO auth_audit_log
  (event_id, event_type, user_id, organization_id, ip_address, user_agent, metadata, timestamp)
SELECT value ->> 'id', value ->> 'type', value ->> 'userId', value ->> 'organizationId', value ->> 'ipAddress',
  value ->> 'userAgent', value -> 'metadata', value ->> 'timestamp'
FROM json_each(?1) WHERE true
ON CONFLICT (event_id) DO NOTHING`;

/** Events as rows of `auth_audit_log`, one statement each. Its migration ships in `migrations/`. */
export function d1Audit(db: D1Database): AuditSink {
  return { send: (event) => insert(db, [event]) };
}

/** What `MessageBatch` fits. */
export interface AuditBatch {
  readonly messages: readonly { readonly body: unknown }[];
}

export interface WrittenBatch {
  /** New rows. What was there already, because a queue delivers at least once, is not written again. */
  readonly written: number;
  /** Messages that are no events and never will be: they are left out, so that they do not hold up the others. */
  readonly skipped: number;
}

/**
 * The consumer of a queue of events: `queue: async (batch, env) => void (await writeAuditBatch(env.AUTH_DB, batch))`.
 * Rejects when D1 fails, and then the queue delivers the batch again.
 */
export async function writeAuditBatch(db: D1Database, batch: AuditBatch): Promise<WrittenBatch> {
  const events = batch.messages.map(({ body }) => readAuditEvent(body)).filter((event) => event !== null);
  let written = 0;
  for (let at = 0; at < events.length; at += MAX_ROWS) {
    const { meta } = await insert(db, events.slice(at, at + MAX_ROWS));
    written += meta.changes;
  }
  return { written, skipped: batch.messages.length - events.length };
}

function insert(db: D1Database, events: readonly AuditRecord[]): Promise<D1Result> {
  return db
    .prepare(INSERT)
    .bind(JSON.stringify(events.map(rowOf)))
    .run();
}

/** Text of one length, so that dates sort as they follow each other. What has no column of its own is metadata. */
function rowOf({ id, type, at, userId, organizationId, ipAddress, userAgent, ...metadata }: AuditRecord): object {
  const timestamp = new Date(at * 1000).toISOString();
  return { id, type, userId, organizationId, ipAddress, userAgent, metadata, timestamp };
}
