import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { event, migratedDatabase, T0 } from "../../test/audit-kit.js";
import { type AuditQuery, readAuditLog, select } from "./audit-log.js";
import { d1Audit, writeAuditBatch } from "./d1-audit.js";

let db: D1Database;

/** 300 events of three people in two organisations, many of them in one second, written in an order of their own. */
const EVENTS = Array.from({ length: 300 }, (_, at) =>
  event({
    id: `e${at}`,
    type: at % 5 === 0 ? "logout" : "login_success",
    at: T0 + Math.floor(((at * 7) % 300) / 10),
    userId: `user_${at % 3}`,
    ...(at % 2 === 0 && { organizationId: `org_${at % 4}` }),
  }),
);

beforeAll(async () => {
  db = await migratedDatabase();
  await writeAuditBatch(db, { messages: EVENTS.map((body) => ({ body })) });
});

async function everyPage(query: AuditQuery): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await readAuditLog(db, { ...query, cursor });
    if (!page.ok) throw new Error(page.reason);
    ids.push(...page.events.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return ids;
}

function expected({ userId, organizationId, type, from = 0, until = Infinity }: AuditQuery): readonly string[] {
  const order = EVENTS.map((one, at) => ({ one, at })).sort((a, b) => b.one.at - a.one.at || b.at - a.at);
  const wanted = order.filter(
    ({ one }) =>
      (userId === undefined || one.userId === userId) &&
      (organizationId === undefined || one.organizationId === organizationId) &&
      (type === undefined || one.type === type) &&
      one.at >= from &&
      one.at < until,
  );
  return wanted.map(({ one }) => one.id);
}

describe("readAuditLog", () => {
  it.each([["abc"], ["1.5"], ["-1"], ["0"], ["1 OR 1=1"], [""], ["9".repeat(16)]])(
    "refuses the cursor %j, and asks nothing",
    async (cursor) => {
      const never = { prepare: () => expect.unreachable() } as unknown as D1Database;
      expect(await readAuditLog(never, { cursor })).toEqual({ ok: false, reason: "cursor_invalid" });
    },
  );

  it.each([{ from: Number.NaN }, { until: -1 }, { from: 1e15 }, { until: Infinity }])(
    "refuses a time that is none: %j",
    async (query) => {
      expect(await readAuditLog(db, query)).toEqual({ ok: false, reason: "time_invalid" });
    },
  );

  it("TH-13 an id that was left empty is nobody's, and never everybody's", async () => {
    for (const query of [{ userId: "" }, { organizationId: "" }, { userId: "' OR 1=1 --" }]) {
      expect(await readAuditLog(db, query)).toEqual({ ok: true, events: [] });
    }
  });

  it("gives at most 500 events, at least one, and 50 where nothing is said", async () => {
    const sizes: number[] = [];
    for (const limit of [undefined, 1e9, 0, -5, 7.9, Number.NaN]) {
      const page = await readAuditLog(db, { limit });
      sizes.push(page.ok ? page.events.length : -1);
    }
    expect(sizes).toEqual([50, 300, 1, 1, 7, 50]);
    expect(select({}, 501).values).toEqual([501]);
  });

  it("pages through any question without a gap or a repetition, newest first", async () => {
    const query = fc.record(
      {
        userId: fc.constantFrom("user_0", "user_1", "user_9"),
        organizationId: fc.constantFrom("org_0", "org_2"),
        type: fc.constantFrom("logout", "login_success", "csrf"),
        from: fc.integer({ min: T0 - 5, max: T0 + 35 }),
        until: fc.integer({ min: T0 - 5, max: T0 + 35 }),
        limit: fc.integer({ min: 20, max: 120 }),
      },
      { requiredKeys: ["limit"] },
    );
    await fc.assert(
      fc.asyncProperty(query, async (asked) => {
        expect(await everyPage(asked)).toEqual(expected(asked));
      }),
      { numRuns: 40 },
    );
  });

  it("goes on where it was when events arrive meanwhile", async () => {
    const first = await readAuditLog(db, { userId: "user_1", limit: 10 });
    if (!first.ok || first.cursor === undefined) throw new Error("one page");
    await d1Audit(db).send(event({ type: "csrf", userId: "user_1", at: T0 + 1_000 }));
    const second = await readAuditLog(db, { userId: "user_1", limit: 10, cursor: first.cursor });
    const ids = [first, second].flatMap((page) => (page.ok ? page.events.map(({ id }) => id) : []));
    expect(ids).toEqual(expected({ userId: "user_1" }).slice(0, 20));
  });

  it("ends where the event of the cursor has been pruned: everything after it is older", async () => {
    expect(await readAuditLog(db, { cursor: "999999" })).toEqual({ ok: true, events: [] });
  });

  it("gives an event as it was raised", async () => {
    const whole = event({
      type: "login_failure",
      at: T0 + 2_000,
      userId: "user_7",
      organizationId: "org_7",
      ipAddress: "2001:db8::1",
      userAgent: "Mozilla/5.0",
      sessionId: "hash",
      realm: "preview",
      reason: "access_denied",
      detail: "who: knows",
      keyVersion: 2,
      count: 3,
    });
    await d1Audit(db).send(whole);
    expect(await readAuditLog(db, { userId: "user_7" })).toEqual({ ok: true, events: [whole] });
  });

  it("shows rows of other writers, and of their metadata what we know", async () => {
    const insert = db.prepare("INSERT INTO auth_audit_log (event_id, event_type, user_id, metadata, timestamp) VALUES (?, ?, 'user_8', ?, ?)"); // biome-ignore format: one statement
    await insert.bind("own-1", "Signed In!", "no JSON", "2027-01-15T08:00:00.500Z").run();
    await insert.bind("own-2", "logout", '{"reason":"r","type":"csrf","id":"x","own":1}', "2027-01-15T08:00:01Z").run();
    await insert.bind("own-3", "logout", "[]", "2027-01-15T08:00:02Z").run();
    const page = await readAuditLog(db, { userId: "user_8" });
    expect(page).toEqual({
      ok: true,
      events: [
        { id: "own-3", type: "logout", at: T0 + 2, userId: "user_8" },
        { id: "own-2", type: "logout", at: T0 + 1, userId: "user_8", reason: "r" },
        { id: "own-1", type: "Signed In!", at: T0, userId: "user_8" },
      ],
    });
  });

  it.each<[AuditQuery, string]>([
    [{ userId: "user_1" }, "idx_audit_user_id (user_id=?"],
    [{ userId: "user_1", from: T0, until: T0 + 9 }, "idx_audit_user_id (user_id=? AND timestamp"],
    [{ userId: "user_1", cursor: "9" }, "idx_audit_user_id (user_id=? AND timestamp"],
    [{ organizationId: "org_0", cursor: "9" }, "idx_audit_org_id (organization_id=? AND timestamp"],
    [{ type: "logout", cursor: "9" }, "idx_audit_event_type (event_type=? AND timestamp"],
    [{ from: T0, until: T0 + 9, cursor: "9" }, "idx_audit_timestamp (timestamp"],
    [{}, "idx_audit_timestamp"],
    [{ userId: "user_1", organizationId: "org_0", type: "logout" }, "idx_audit_"],
  ])("asks an index in its order, sorts nothing and reads no table from end to end: %j", async (query, index) => {
    const { sql, values } = select(query, 50);
    const { results } = await db.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...values).all<{ detail: string }>(); // biome-ignore format: one call
    const plan = results.map(({ detail }) => detail).join("\n");
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/TEMP B-TREE|SCAN auth_audit_log(?! USING INDEX)/);
    expect(values.length).toBeLessThanOrEqual(100);
  });
});
