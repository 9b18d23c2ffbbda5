import type { AuditSink } from "@edgeseal/core";

/**
 * Events as data points of Analytics Engine, for counting. Without addresses, user agents and the words of others: what it
 * holds cannot be deleted for three months. Columns are in docs/audit.md, and never change places.
 */
export function analyticsAudit(dataset: AnalyticsEngineDataset): AuditSink {
  return {
    async send({ id, type, at, reason, userId, organizationId, sessionId, realm, keyVersion, count = 1 }) {
      dataset.writeDataPoint({
        indexes: [type],
        blobs: [type, reason, userId, organizationId, sessionId, realm, id].map((text) => text ?? ""),
        doubles: [count, at, keyVersion ?? 0],
      });
    },
  };
}
