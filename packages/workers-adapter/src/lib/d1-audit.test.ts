import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { event, migratedDatabase, rowsOf, T0 } from "../../test/audit-kit.js";
import { d1Audit, writeAuditBatch } from "./d1-audit.js";

let db: D1Database;

beforeAll(async () => {
  db = await migratedDatabase();
});
beforeEach(async () => {
  await db.exec("DROP TRIGGER IF EXISTS auth_audit_log_no_delete");
  await db.exec("DELETE FROM auth_audit_log");
});

const batch = (...bodies: readonly unknown[]) => ({ messages: bodies.map((body) => ({ body })) });

describe("d1Audit", () => {
  it("AU-05 the same event delivered twice, also at once, is one row", async () => {
    const sink = d1Audit(db);
    const same = event({ userId: "user_1" });
    await sink.send(same);
    await Promise.all([sink.send(same), sink.send({ ...same, userId: "user_2" })]);
    expect(await rowsOf(db)).toMatchObject([{ event_id: same.id, user_id: "user_1" }]);
  });

  it("AU-03 values are values, whatever they spell", async () => {
    const nasty = `'); DROP TABLE auth_audit_log; -- "\\ \u0000`;
    await d1Audit(db).send(event({ userId: nasty, detail: nasty, userAgent: nasty }));
    const [row] = await rowsOf(db);
    expect(row).toMatchObject({ user_id: nasty, user_agent: nasty });
    expect(JSON.parse(String(row?.metadata))).toEqual({ detail: nasty });
  });

  it("writes what has a column there, and the rest as metadata", async () => {
    const id = "AAECAwQFBgcICQoLDA0ODw";
    await d1Audit(db).send({
      id,
      type: "org_switch",
      at: T0,
      userId: "user_1",
      organizationId: "org_1",
      ipAddress: "2001:db8::1",
      userAgent: "Mozilla/5.0",
      sessionId: "hash",
      realm: "preview",
      reason: "switch",
      keyVersion: 2,
      count: 3,
    });
    expect(await rowsOf(db)).toEqual([
      {
        id: expect.any(Number),
        event_id: id,
        event_type: "org_switch",
        user_id: "user_1",
        organization_id: "org_1",
        ip_address: "2001:db8::1",
        user_agent: "Mozilla/5.0",
        metadata: '{"sessionId":"hash","realm":"preview","reason":"switch","keyVersion":2,"count":3}',
        timestamp: "2027-01-15T08:00:00.000Z",
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      },
    ]);
  });

  it("writes NULL for what is not known, and an empty object where nothing is left", async () => {
    await d1Audit(db).send(event({ type: "jwks_keys_changed" }));
    expect(await rowsOf(db)).toMatchObject([
      { user_id: null, organization_id: null, ip_address: null, user_agent: null, metadata: "{}" },
    ]);
  });
});

describe("writeAuditBatch", () => {
  it("AU-05 a batch that a queue delivers twice is there once, and what is new in it is written", async () => {
    const [a, b, c] = [event(), event(), event()];
    expect(await writeAuditBatch(db, batch(a, b, a))).toEqual({ written: 2, skipped: 0 });
    expect(await writeAuditBatch(db, batch(a, c, b))).toEqual({ written: 1, skipped: 0 });
    expect((await rowsOf(db)).map((row) => row.event_id)).toEqual([a.id, b.id, c.id]);
  });

  it("leaves out what is no event, instead of holding up the others for ever", async () => {
    const good = event();
    const bad = [null, "text", {}, { ...event(), type: "'); --" }, { ...event(), at: "now" }];
    expect(await writeAuditBatch(db, batch(...bad, good))).toEqual({ written: 1, skipped: bad.length });
    expect(await writeAuditBatch(db, batch(...bad))).toEqual({ written: 0, skipped: bad.length });
  });

  it("AU-03 keeps of a message what an event has, and shortens it", async () => {
    await writeAuditBatch(db, batch({ ...event({ userAgent: "x".repeat(9_000) }), accessToken: "CANARY" }));
    const [row] = await rowsOf(db);
    expect(String(row?.user_agent)).toHaveLength(256);
    expect(JSON.stringify(row)).not.toContain("CANARY");
  });

  it("writes more events than a statement of D1 has parameters, the largest there can be", async () => {
    const long = (length: number) => "ä".repeat(length);
    const large = Array.from({ length: 1_201 }, () =>
      event({
        userId: long(128),
        organizationId: long(128),
        sessionId: long(128),
        realm: long(128),
        ipAddress: long(64),
        userAgent: long(256),
        reason: long(64),
        detail: long(200),
      }),
    );
    expect(await writeAuditBatch(db, batch(...large))).toEqual({ written: 1_201, skipped: 0 });
  });

  it("rejects when D1 does, so that the queue delivers the batch again", async () => {
    await db.exec("ALTER TABLE auth_audit_log RENAME TO elsewhere");
    await expect(writeAuditBatch(db, batch(event()))).rejects.toThrow();
    await db.exec("ALTER TABLE elsewhere RENAME TO auth_audit_log");
  });
});
