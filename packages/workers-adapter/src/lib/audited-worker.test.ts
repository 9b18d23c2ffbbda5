import { exports } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { migratedDatabase, rowsOf } from "../../test/audit-kit.js";
import { createScriptedProvider } from "../../test/scripted-provider.js";
import { signIn, variablesFor } from "../../test/visitors.js";
import { readAuditLog } from "./audit-log.js";
import { defineAuth } from "./define-auth.js";
import { withAuth } from "./with-auth.js";

const provider = createScriptedProvider();
const variables = { ...variablesFor(provider), AUTH_LEDGER: exports.LedgerObject };
/** The tokens of the tests are of today. */
const T0 = Math.floor(Date.now() / 1000);
const HEADERS = { "CF-Connecting-IP": "203.0.113.7", "User-Agent": "Mozilla/5.0" };
const GARBAGE = { ...HEADERS, Cookie: "__Host-session=es1.garbage" };

let db: D1Database;

beforeAll(async () => {
  db = await migratedDatabase();
  await db.exec("DROP TRIGGER auth_audit_log_no_delete");
});
beforeEach(async () => {
  await db.exec("DELETE FROM auth_audit_log");
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => provider.fetch(String(input), init as never));
});
afterEach(async () => {
  await db.exec("DROP TRIGGER IF EXISTS fault");
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** D1 whose statements end otherwise than the real one's. */
function faulty(run: (real: () => Promise<D1Result>) => Promise<D1Result>): D1Database {
  const prepare = (sql: string) => ({ bind: (...values: unknown[]) => ({ run: () => run(() => db.prepare(sql).bind(...values).run()) }) }); // biome-ignore format: the three calls there are
  return { prepare, batch: () => expect.unreachable() } as unknown as D1Database;
}

const later = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** A Worker that logs into that database, its clock, and what it left to the background. */
function audited(AUTH_DB: D1Database | undefined, options: object = {}) {
  const env = { ...variables, ...(AUTH_DB && { AUTH_DB }) };
  const clock = { now: T0 };
  const authFor = defineAuth<typeof env>(() => ({ now: () => clock.now, ...options }));
  const worker = withAuth(authFor, { fetch: (_request, _env, _ctx, auth) => Response.json(auth) });
  const kept: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise), passThroughOnException() {} };
  return {
    clock,
    env,
    describe: () => authFor(env).describe(),
    async visit(path: string, init: RequestInit): Promise<readonly [number, string]> {
      const request = new Request(`https://app.example${path}`, init);
      // As: neither a request nor a context made by hand has what only the platform can give.
      const response = await worker.fetch(request as never, env, ctx as unknown as ExecutionContext);
      return [response.status, await response.text()];
    },
    /** Everything given to the background, whatever it waits for. */
    async settled() {
      let isOver = false;
      const over = Promise.all(kept).then(() => {
        isOver = true;
      });
      while (!isOver) {
        if (vi.isFakeTimers()) await vi.advanceTimersByTimeAsync(500);
        await scheduler.wait(1);
      }
      await over;
    },
  };
}

/** Only waiting is moved along: statements of D1 take the time they take. */
function moveTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
}

const refusing = async (message: string) => {
  await db.exec(`CREATE TRIGGER fault BEFORE INSERT ON auth_audit_log BEGIN SELECT RAISE(ABORT, '${message}'); END`);
};

const works = async () => {};
const FAULTS: readonly (readonly [string, D1Database, () => Promise<void>])[] = [
  ["is down", faulty(() => Promise.reject(new Error("D1_ERROR: Network connection lost."))), works],
  ["throws before it answers", faulty(() => { throw new Error("D1_ERROR: detached"); }), works], // biome-ignore format: one line per fault
  ["is slow (10 s)", faulty((real) => later(10_000).then(real)), works],
  ["never answers", faulty(() => new Promise(() => {})), works],
  ["is full", faulty((real) => real()), () => refusing("database or disk is full")],
  ["breaks a constraint", faulty((real) => real()), () => refusing("CHECK constraint failed")],
];

describe("a Worker whose AUTH_DB", () => {
  it.each(FAULTS)(
    "AU-01 %s answers as ever, at once, and says how many events were lost",
    async (_name, broken, begin) => {
      moveTime();
      await begin();
      const { cookie } = await signIn(provider, variables);
      const [worker, without] = [audited(broken), audited(undefined)];
      const requests: readonly (readonly [string, RequestInit])[] = [
        ["/", { headers: { Cookie: cookie } }],
        ["/", { headers: GARBAGE }],
        ["/auth/logout", { method: "POST", headers: { Cookie: cookie, "Sec-Fetch-Site": "cross-site" } }],
        ["/auth/nothing%2f", {}],
      ];
      // Time stands still: whatever waited for D1 would wait for ever.
      for (const [path, init] of requests)
        expect(await worker.visit(path, init)).toEqual(await without.visit(path, init));
      await worker.settled();
      expect((await worker.describe()).lostEvents).toBe(3);
      expect((await worker.describe()).missing.join()).not.toContain("audit");
    },
  );

  it("AU-01 has no table yet: says so on the console once, and goes on", async () => {
    moveTime();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    await db.exec("ALTER TABLE auth_audit_log RENAME TO elsewhere");
    const worker = audited(db);
    expect((await worker.visit("/", { headers: GARBAGE }))[0]).toBe(401);
    await worker.settled();
    await db.exec("ALTER TABLE elsewhere RENAME TO auth_audit_log");
    expect(warn.mock.calls.flat().filter((line) => String(line).includes("audit sink"))).toHaveLength(1);
  });

  it("AU-01 comes back: the event is written at the second try, and the losses before it are told", async () => {
    moveTime();
    let failures = 4;
    const worker = audited(faulty((real) => (failures-- > 0 ? Promise.reject(new Error("D1_ERROR")) : real())));
    await worker.visit("/", { headers: GARBAGE });
    await worker.settled();
    worker.clock.now += 60;
    await worker.visit("/", { headers: GARBAGE });
    await worker.settled();
    const rows = (await rowsOf(db)).map((row) => [row.event_type, row.metadata]);
    expect(rows).toHaveLength(2);
    expect(rows).toEqual(
      expect.arrayContaining([
        ["malformed", "{}"],
        ["background_failed", '{"reason":"audit_sink","count":1}'],
      ]),
    );
  });

  it("AU-05 took an event but answered too late gets it again, and has it once", async () => {
    moveTime();
    const worker = audited(faulty(async (real) => {
      const result = await real();
      await later(6_000);
      return result;
    })); // biome-ignore format: one fault
    await worker.visit("/", { headers: GARBAGE });
    await worker.settled();
    expect(await rowsOf(db)).toHaveLength(1);
  });

  it("AU-07 is flooded: 5,000 hostile requests in a minute are 7 rows, and no request is missing in their counts", async () => {
    const worker = audited(db);
    for (let i = 0; i < 5_000; i++) {
      worker.clock.now = T0 + Math.floor((i * 60) / 5_000);
      await worker.visit("/", { headers: GARBAGE });
    }
    worker.clock.now = T0 + 70;
    await worker.visit("/", { headers: GARBAGE }); // brings the rest of the minute, and begins the next count
    await worker.settled();
    const counts = (await rowsOf(db)).map((row) => JSON.parse(String(row.metadata)).count ?? 1);
    expect(counts.length).toBeLessThanOrEqual(8);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5_000);
  });

  it("AU-03 is well logs who left, from where and with what, by a hash of the session", async () => {
    const worker = audited(db);
    const { cookie } = await signIn(provider, variables);
    const me = JSON.parse((await worker.visit("/auth/me", { headers: { Cookie: cookie } }))[1]);
    const headers = { ...HEADERS, Cookie: cookie, "Sec-Fetch-Site": "same-origin" };
    expect((await worker.visit("/auth/logout", { method: "POST", headers }))[0]).toBe(200);
    await worker.settled();
    const page = await readAuditLog(db, { userId: me.user.id });
    expect(page).toEqual({
      ok: true,
      events: [
        {
          id: expect.stringMatching(/^[\w-]{22}$/),
          type: "logout",
          at: T0,
          userId: me.user.id,
          sessionId: expect.stringMatching(/^[\w-]{43}$/),
          ipAddress: "203.0.113.7",
          userAgent: "Mozilla/5.0",
        },
      ],
    });
    expect(JSON.stringify(page)).not.toContain(me.sessionId);
  });

  it("AU-03 leaves out who asked where the configuration says so", async () => {
    const worker = audited(db, { auditClient: () => ({}) });
    await worker.visit("/", { headers: GARBAGE });
    await worker.settled();
    expect(await rowsOf(db)).toMatchObject([{ event_type: "malformed", ip_address: null, user_agent: null }]);
  });

  it("gives way to the sinks that `configure` names, all of them", async () => {
    const seen: string[] = [];
    const sink = (name: string) => ({ send: async ({ type }: { type: string }) => void seen.push(`${name} ${type}`) });
    const worker = audited(db, { audit: [sink("a"), sink("b")] });
    await worker.visit("/", { headers: GARBAGE });
    await worker.settled();
    expect([seen, await rowsOf(db)]).toEqual([["a malformed", "b malformed"], []]);
  });
});
