import { describe, expect, it } from "vitest";
import { event, T0 } from "../../test/audit-kit.js";
import { analyticsAudit } from "./analytics-audit.js";

describe("analyticsAudit", () => {
  it("AU-03 writes one data point, without what could name or place a person beyond ids", async () => {
    const points: unknown[] = [];
    const sink = analyticsAudit({ writeDataPoint: (point) => void points.push(point) });
    await sink.send(event({ id: "e1", type: "logout", at: T0 }));
    await sink.send(
      event({
        id: "e2",
        type: "key_revoked",
        at: T0,
        reason: "r",
        userId: "user_1",
        organizationId: "org_1",
        sessionId: "hash",
        realm: "preview",
        keyVersion: 2,
        count: 7,
        ipAddress: "CANARY",
        userAgent: "CANARY",
        detail: "CANARY",
      }),
    );
    expect(points).toEqual([
      { indexes: ["logout"], blobs: ["logout", "", "", "", "", "", "e1"], doubles: [1, T0, 0] },
      {
        indexes: ["key_revoked"],
        blobs: ["key_revoked", "r", "user_1", "org_1", "hash", "preview", "e2"],
        doubles: [7, T0, 2],
      },
    ]);
  });

  it("rejects where the binding throws, so that the event is counted as lost", async () => {
    const sink = analyticsAudit({
      writeDataPoint() {
        throw new TypeError("Illegal invocation");
      },
    });
    await expect(sink.send(event())).rejects.toThrow(TypeError);
  });
});
