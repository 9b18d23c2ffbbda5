import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { AuditEvent } from "@edgeseal/core";

export const T0 = 1_800_000_000;

/** The tables as a deployment has them. The database is the real one of workerd, alone for each file of tests. */
export async function migratedDatabase(): Promise<D1Database> {
  await applyD1Migrations(env.TEST_DB, env.MIGRATIONS);
  return env.TEST_DB;
}

let count = 0;

export function event(more: Partial<AuditEvent> = {}): AuditEvent {
  count += 1;
  return { id: `event-${count}`, type: "login_success", at: T0 + count, ...more };
}

export async function rowsOf(db: D1Database): Promise<readonly Record<string, unknown>[]> {
  const { results } = await db.prepare("SELECT * FROM auth_audit_log ORDER BY id").all();
  return results;
}
