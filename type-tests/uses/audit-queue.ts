// The other end of a queue of events, and the end of old ones.
import { pruneAuditLog, writeAuditBatch } from "@edgeseal/workers-adapter";

interface Env {
  readonly AUTH_DB: D1Database;
}

export default {
  async queue(batch, env) {
    await writeAuditBatch(env.AUTH_DB, batch);
  },
  async scheduled(_controller, env) {
    await pruneAuditLog(env.AUTH_DB, { keepDays: 90 });
  },
} satisfies ExportedHandler<Env>;
