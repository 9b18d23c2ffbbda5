import { beforeAll, describe, expect, it, vi } from "vitest";
import { event, migratedDatabase, rowsOf } from "../../test/audit-kit.js";
import { d1Audit } from "./d1-audit.js";
import { pruneAuditLog } from "./prune-audit-log.js";

const DAY = 86_400;

let db: D1Database;
let now: number;

beforeAll(async () => {
  db = await migratedDatabase();
  now = Math.floor(Date.now() / 1000);
  await d1Audit(db).send(event({ id: "fresh", at: now, userId: "user_1" }));
});

describe("the table of events", () => {
  it.each([
    ["UPDATE auth_audit_log SET user_id = 'nobody'"],
    ["UPDATE auth_audit_log SET timestamp = '2000-01-01T00:00:00.000Z'"],
    ["UPDATE OR REPLACE auth_audit_log SET id = 7"],
    ["DELETE FROM auth_audit_log"],
    ["DELETE FROM auth_audit_log WHERE event_id = 'fresh'"],
  ])("AU-08 takes rows and changes none: %s", async (sql) => {
    await expect(db.prepare(sql).run()).rejects.toThrow(/append-only/);
    expect(await rowsOf(db)).toMatchObject([{ event_id: "fresh", user_id: "user_1" }]);
  });

  it.each([
    [
      "by its event",
      "INSERT OR REPLACE INTO auth_audit_log (event_id, event_type, timestamp) VALUES ('fresh', 'x', '1')",
    ],
    [
      "by an upsert",
      "INSERT INTO auth_audit_log (event_id, event_type, timestamp) VALUES ('fresh', 'x', '1') ON CONFLICT DO UPDATE SET event_type = 'x'",
    ],
  ])("AU-08 lets nobody replace a row %s", async (_, sql) => {
    await db.prepare(sql).run();
    expect(await rowsOf(db)).toMatchObject([{ event_id: "fresh", event_type: "login_success" }]);
  });

  it.each([
    ["REPLACE INTO auth_audit_log (id, event_type, timestamp) SELECT id, 'x', '1' FROM auth_audit_log"],
    ["INSERT INTO auth_audit_log (id, event_type, timestamp) VALUES (-1, 'x', '1')"],
    ["INSERT OR IGNORE INTO auth_audit_log (id, event_type, timestamp) VALUES (-1, 'x', '1')"],
    ["INSERT INTO auth_audit_log (id, event_type, timestamp) VALUES (0, 'x', '1')"],
    ["INSERT INTO auth_audit_log (rowid, event_type, timestamp) VALUES (9223372036854775807, 'x', '1')"],
  ])("AU-08 numbers its rows itself, so that nobody uses up the numbers of those to come: %s", async (sql) => {
    await db
      .prepare(sql)
      .run()
      .catch(() => undefined);
    await d1Audit(db).send(event({ id: "later", at: now - 31 * DAY }));
    expect((await rowsOf(db)).map((row) => row.event_id)).toEqual(["fresh", "later"]);
    await db.prepare("DELETE FROM auth_audit_log WHERE event_id = 'later'").run();
  });

  it("takes rows of other writers, and gives them an event id of their own", async () => {
    const insert = db.prepare(
      "INSERT INTO auth_audit_log (event_type, user_id, organization_id, ip_address, user_agent, metadata, timestamp) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    const old = new Date((now - 400 * DAY) * 1000).toISOString();
    await insert.bind("logout", "user_2", null, "203.0.113.7", null, "{}", old).run();
    await insert.bind("logout", "user_2", null, "203.0.113.7", null, "{}", old).run();
    const ids = (await rowsOf(db)).map((row) => row.event_id);
    expect(new Set(ids).size).toBe(3);
  });

  it("pruneAuditLog deletes what is older than asked, however many there are, and nothing else", async () => {
    const sink = d1Audit(db);
    await sink.send(event({ id: "in-time", at: now - 89 * DAY }));
    await db
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
         INSERT INTO auth_audit_log (event_type, timestamp) SELECT 'csrf', strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-91 days') FROM n`,
      )
      .run();
    expect(await pruneAuditLog(db, { keepDays: 90 })).toBe(2_502);
    expect((await rowsOf(db)).map((row) => row.event_id)).toEqual(["fresh", "in-time"]);
    expect(await pruneAuditLog(db, { keepDays: 90 })).toBe(0);
    expect(await pruneAuditLog(db, { keepDays: 90, now: () => now + 2 * DAY })).toBe(1);
  });

  it.each([0, 30, 31.5, Number.NaN, 40_000])("pruneAuditLog refuses to keep events for %s days", async (keepDays) => {
    const prepare = vi.spyOn(db, "prepare");
    await expect(pruneAuditLog(db, { keepDays })).rejects.toMatchObject({ code: "config_invalid" });
    expect(prepare).not.toHaveBeenCalled();
    prepare.mockRestore();
  });
});
