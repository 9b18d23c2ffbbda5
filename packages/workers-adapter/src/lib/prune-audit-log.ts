import type { ClockOption } from "@edgeseal/core";
import { readClock, refuseConfig } from "@edgeseal/core/adapter";

const DAY_SECONDS = 86_400;
/** The table refuses to lose younger rows; the day above is for clocks that disagree. */
const MIN_KEEP_DAYS = 31;
const MAX_KEEP_DAYS = 36_500;
/** Rows of one statement, which has to end within 30 s, and statements of one call. */
const SLICE_ROWS = 1_000;
const MAX_SLICES = 20;

const DELETE = `DELETE FROM auth_audit_log WHERE id IN
(SELECT id FROM auth_audit_log WHERE timestamp < ?1 ORDER BY timestamp LIMIT ${SLICE_ROWS})`;

export interface PruneOptions extends ClockOption {
  /** From 31, because the table itself keeps rows for 30 days. */
  readonly keepDays: number;
}

/**
 * For a cron trigger: deletes events older than that, the oldest first and at most 20,000 in one call, and gives their
 * number. Throws `config_invalid` for `keepDays` out of range.
 */
export async function pruneAuditLog(db: D1Database, options: PruneOptions): Promise<number> {
  const { keepDays, now } = options;
  const isFine = Number.isInteger(keepDays) && keepDays >= MIN_KEEP_DAYS && keepDays <= MAX_KEEP_DAYS;
  refuseConfig(isFine ? [] : [`\`keepDays\` must be whole days from ${MIN_KEEP_DAYS} to ${MAX_KEEP_DAYS}.`]);
  const before = readClock({ ...(now && { now }) }) - keepDays * DAY_SECONDS;
  const oldest = new Date(before * 1000).toISOString();
  let deleted = 0;
  for (let slice = 0; slice < MAX_SLICES; slice++) {
    const { meta } = await db.prepare(DELETE).bind(oldest).run();
    deleted += meta.changes;
    if (meta.changes < SLICE_ROWS) break;
  }
  return deleted;
}
