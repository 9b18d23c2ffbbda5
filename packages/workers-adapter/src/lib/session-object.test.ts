import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import type { SessionRecord, SessionShelf } from "@edgeseal/core/adapter";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { rejection, storedIn } from "../../test/durable-object.js";
import type { SessionObject } from "./session-object.js";

const T0 = 1_800_000_000;
const DAY = 86_400;

let count = 0;
let stub: DurableObjectStub<SessionObject>;

/** Only the clock is moved: the object shares it. */
function at(seconds: number): void {
  vi.setSystemTime(seconds * 1000);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  at(T0);
  stub = exports.SessionsFromEnv.getByName(`shelf-${count++}`);
});
afterEach(() => {
  vi.useRealTimers();
});

function record(name: string, changes: Partial<SessionRecord> = {}): SessionRecord {
  const times = { createdAt: T0, expiresAt: T0 + DAY, endsAt: T0 + 30 * DAY };
  return { key: `key of ${name}`, name, sealed: `es1.${name}`, generation: 0, ...times, ...changes };
}

const FACTS = { organizationId: "org_1", userAgent: "Firefox", ipAddress: "192.0.2.1" };
const stored = () => storedIn(stub, "sessions", "name");
const names = async () => (await stub.list()).map(({ name }) => name);

/** Makes the real storage refuse every write of a table. */
function breakWrites(table: string): Promise<void> {
  return runInDurableObject(stub, (_object, { storage }) => {
    for (const when of ["INSERT", "UPDATE", "DELETE"]) {
      storage.sql.exec(
        `CREATE TRIGGER refuse_${when} BEFORE ${when} ON ${table} BEGIN SELECT RAISE(ABORT, 'disk is full'); END`,
      );
    }
  });
}

function mendWrites(): Promise<void> {
  return runInDurableObject(stub, (_object, { storage }) => {
    for (const when of ["INSERT", "UPDATE", "DELETE"]) storage.sql.exec(`DROP TRIGGER refuse_${when}`);
  });
}

describe("what arrives is checked, and what is only asked stores nothing", () => {
  it("refuses what no caller of ours sends, naming the field alone, and stores nothing for it", async () => {
    const secret = "s".repeat(65_537);
    // As: whoever holds the binding may send anything.
    const hostile = (changes: object) => ({ ...record("a"), ...changes }) as unknown as SessionRecord;
    const calls: readonly (readonly [string, Promise<unknown>])[] = [
      ["record", stub.save(null as unknown as SessionRecord)],
      ["key", stub.save(hostile({ key: "" }))],
      ["key", stub.save(hostile({ key: "k".repeat(129) }))],
      ["name", stub.save(hostile({ name: ["a"] }))],
      ["sealed", stub.save(hostile({ sealed: secret }))],
      ["generation", stub.save(hostile({ generation: -1 }))],
      ["createdAt", stub.save(hostile({ createdAt: T0 + 0.5 }))],
      ["expiresAt", stub.save(hostile({ expiresAt: Number.NaN }))],
      ["endsAt", stub.save(hostile({ endsAt: 2 ** 32 }))],
      ["renewAt", stub.save(hostile({ renewAt: null }))],
      ["organizationId", stub.save(hostile({ organizationId: 7 }))],
      ["userAgent", stub.save(hostile({ userAgent: "u".repeat(257) }))],
      ["ipAddress", stub.save(hostile({ ipAddress: "1".repeat(65) }))],
      ["key", stub.load("")],
      ["known", stub.load("k", 0.5)],
      ["which", stub.end(undefined as never)],
      ["kind", stub.end({ kind: "everybody" } as never)],
      ["key", stub.end({ kind: "key", key: "" })],
      ["name", stub.end({ kind: "name" } as never)],
      ["except", stub.end({ kind: "all", except: "" })],
      ["since", stub.end({ kind: "all", since: Number.POSITIVE_INFINITY })],
    ];
    for (const [field, call] of calls) {
      const refused = `TypeError: edgeseal sessions: \`${field}\` is missing or out of range.`;
      expect(await rejection(call)).toBe(refused);
    }
    expect(await stored()).toEqual({ rows: [], alarm: null });
  });

  it("stores nothing for questions, nor for the end of a key that nobody has", async () => {
    expect(await stub.load("nobody")).toBe(null);
    expect(await stub.list()).toEqual([]);
    expect(await stub.end({ kind: "key", key: "nobody" })).toEqual([]);
    expect(await stored()).toEqual({ rows: [], alarm: null });
  });
});

describe("a record", () => {
  it("is written in one row with one alarm, and found by its key, also after an eviction", async () => {
    expect(await stub.save(record("a", FACTS))).toEqual({ state: "saved", version: T0 * 1000 });
    await evictDurableObject(stub);
    const found = { state: "found", version: T0 * 1000, name: "a", sealed: "es1.a" };
    expect(await stub.load("key of a")).toEqual(found);
    expect(await stub.load("key of a", T0 * 1000)).toEqual({ state: "same" });
    expect(await stub.load("key of a", T0 * 1000 - 1)).toEqual(found);
    expect(await stub.load("a")).toBe(null);
    expect(await stored()).toEqual({
      rows: [
        {
          name: "a",
          created_at: T0,
          ends_at: T0 + 30 * DAY,
          forget_at: T0 + DAY,
          organization_id: "org_1",
          user_agent: "Firefox",
          ip_address: "192.0.2.1",
          generation: 0,
          version: T0 * 1000,
          seen_at: T0,
          renew_at: null,
          active_for: 3_600,
          ended_at: null,
          sealed: "es1.a",
        },
      ],
      alarm: (T0 + DAY) * 1000,
    });
  });

  it("of a later generation replaces an older one and never the other way round; both keys lead to it", async () => {
    await stub.save(record("a", { generation: 3, sealed: "es1.three", key: "new" }));
    expect(await stub.save(record("a", { generation: 2, sealed: "es1.two", key: "old" }))).toEqual({ state: "older" });
    expect(await stub.load("old")).toMatchObject({ sealed: "es1.three" });
    await stub.save(record("a", { generation: 4, sealed: "es1.four", key: "new" }));
    for (const key of ["old", "new"]) expect(await stub.load(key)).toMatchObject({ sealed: "es1.four" });
  });

  it("of the same generation is the same session sealed anew: it replaces, and everybody hears of it", async () => {
    await stub.save(record("a"));
    await stub.save(record("a", { sealed: "es1.again", expiresAt: T0 + 2 * DAY }));
    expect(await stub.load("key of a", T0 * 1000)).toMatchObject({ state: "found", sealed: "es1.again" });
    expect((await stored()).alarm).toBe((T0 + 2 * DAY) * 1000);
  });

  it("keeps who signed in and from where, whoever saves it later; the organisation is the one it acts for now", async () => {
    await stub.save(record("a", FACTS));
    await stub.save(record("a", { generation: 1, userAgent: "curl", organizationId: "org_2" }));
    expect(await stub.list()).toEqual([
      { name: "a", createdAt: T0, endsAt: T0 + 30 * DAY, seenAt: T0, ...FACTS, organizationId: "org_2" },
    ]);
  });

  it("that comes back after everything was deleted is not taken for the one that was there", async () => {
    await stub.save(record("a", { expiresAt: T0 + 60 }));
    at(T0 + 60);
    await runDurableObjectAlarm(stub);
    expect(await stored()).toEqual({ rows: [], alarm: null });
    await stub.save(record("a", { sealed: "es1.other" }));
    expect(await stub.load("key of a", T0 * 1000)).toMatchObject({ state: "found", sealed: "es1.other" });
  });

  it("says when it was last seen, to five minutes: questions in between write nothing", async () => {
    await stub.save(record("a"));
    at(T0 + 299);
    await breakWrites("sessions");
    expect(await stub.load("key of a")).toMatchObject({ state: "found" });
    await mendWrites();
    expect(await stub.list()).toMatchObject([{ seenAt: T0 }]);
    at(T0 + 300);
    expect(await stub.load("key of a", T0 * 1000)).toEqual({ state: "same" });
    expect(await stub.list()).toMatchObject([{ seenAt: T0 + 300 }]);
  });

  it("rejects when storage does, remembers nothing of it, and goes on when storage is back", async () => {
    await stub.save(record("a"));
    await breakWrites("keys");
    expect(await rejection(stub.save(record("b")))).toContain("disk is full");
    expect(await rejection(stub.end({ kind: "all" }))).toContain("disk is full");
    // All of a step or nothing: no row without its key, no session that is ended for some.
    expect(await names()).toEqual(["a"]);
    await mendWrites();
    expect(await stub.save(record("b"))).toMatchObject({ state: "saved" });
    expect(await names()).toEqual(["a", "b"]);
  });
});

describe("an ending", () => {
  it("MB-06 by key or name is seen by the very next question, also after an eviction, and tells what it was", async () => {
    const facts = { createdAt: T0, endsAt: T0 + 30 * DAY, ...FACTS };
    await stub.save(record("a", FACTS));
    await stub.save(record("b", FACTS));
    expect(await stub.end({ kind: "key", key: "key of a" })).toEqual([{ name: "a", sealed: "es1.a", ...facts }]);
    expect(await stub.load("key of a")).toBe(null);
    expect(await stub.end({ kind: "name", name: "b" })).toEqual([{ name: "b", sealed: "es1.b", ...facts }]);
    await evictDurableObject(stub);
    for (const key of ["key of a", "key of b"]) expect(await stub.load(key, T0 * 1000)).toBe(null);
    expect(await stub.list()).toEqual([]);
    for (const name of ["a", "b"]) {
      expect(await stub.end({ kind: "name", name })).toEqual([]);
      expect(await stub.save(record(name, { generation: 9, key: "other" }))).toEqual({ state: "ended" });
    }
  });

  it("is told of a session by what its cookie says of itself, also of one that never lay here", async () => {
    const told = (name: string, createdAt = T0) => stub.load("k", undefined, { name, createdAt });
    expect(await told("a")).toBeNull();
    await stub.save(record("a"));
    expect(await told("a")).toBeNull();
    await stub.end({ kind: "name", name: "a" });
    await stub.end({ kind: "all", since: T0 - 10 });
    expect(await Promise.all([told("a"), told("b", T0 - 10), told("b", T0 - 9)])).toEqual([
      { state: "ended" },
      { state: "ended" },
      null,
    ]);
    expect(await rejection(stub.load("k", undefined, { name: "a", createdAt: -1 }))).toContain("`createdAt`");
  });

  it("leaves nothing of the session but its name, until the session would have ended", async () => {
    await stub.save(record("a", FACTS));
    at(T0 + 5);
    await stub.end({ kind: "name", name: "a" });
    const { rows, alarm } = await stored();
    const gone = { organization_id: null, user_agent: null, ip_address: null, sealed: null, renew_at: null };
    expect(rows).toEqual([expect.objectContaining({ name: "a", ended_at: T0 + 5, forget_at: T0 + 30 * DAY, ...gone })]);
    expect((await storedIn(stub, "keys", "key")).rows).toEqual([]);
    expect(alarm).toBe((T0 + 30 * DAY) * 1000);
    at(T0 + 30 * DAY);
    await runDurableObjectAlarm(stub);
    expect(await stored()).toEqual({ rows: [], alarm: null });
  });

  it("of a session that is not there yet is remembered: a log-out in front of its cookie's move", async () => {
    expect(await stub.end({ kind: "name", name: "a" })).toEqual([]);
    expect(await stub.save(record("a"))).toEqual({ state: "ended" });
    expect((await stored()).alarm).toBe((T0 + 400 * DAY) * 1000);
  });

  it("of all but one, and of those that began until a moment", async () => {
    for (const [name, createdAt] of [
      ["a", T0 - 2],
      ["b", T0 - 1],
      ["c", T0],
    ] as const) {
      await stub.save(record(name, { createdAt }));
    }
    const ended = async (which: { readonly except?: string; readonly since?: number }) =>
      (await stub.end({ kind: "all", ...which })).map(({ name }) => name).sort();
    expect(await ended({ since: T0 - 2 })).toEqual(["a"]);
    expect(await ended({ except: "c" })).toEqual(["b"]);
    expect(await names()).toEqual(["c"]);
    expect(await ended({})).toEqual(["c"]);
    expect(await names()).toEqual([]);
  });

  it("of all meets those that lie elsewhere still, and nobody who signs in after it", async () => {
    await stub.save(record("here", { createdAt: T0 - 9 }));
    await stub.end({ kind: "all", except: "here" });
    expect(await stub.save(record("late", { createdAt: T0 - 1 }))).toEqual({ state: "ended" });
    expect(await stub.save(record("new"))).toMatchObject({ state: "saved" });
    // The one who ended the others may still be on its way into the store; later somebody ends this one as well.
    const own = { kind: "all", except: "elsewhere" } as const;
    at(T0 + 5);
    await stub.end(own);
    expect(await stub.save(record("elsewhere", { createdAt: T0 - 3 }))).toEqual({ state: "ended" });
    expect(await stub.save(record("elsewhere", { createdAt: T0 + 1 }))).toMatchObject({ state: "saved" });
    expect(await stub.save(record("here", { createdAt: T0 - 9 }))).toEqual({ state: "ended" });
  });
});

describe("what is kept is bounded", () => {
  it("16 keys of a session: a further one replaces the oldest", async () => {
    for (let at = 0; at < 17; at++) await stub.save(record("a", { key: `key ${at}` }));
    expect(await stub.load("key 0")).toBe(null);
    for (const key of ["key 1", "key 16"]) expect(await stub.load(key)).toMatchObject({ name: "a" });
    expect((await storedIn(stub, "keys", "key")).rows).toHaveLength(16);
  });

  it("1,000 sessions of a person: a further one ends the one that was not seen for the longest", async () => {
    await runInDurableObject(stub, async (object: SessionObject) => {
      for (let at = 0; at < 1_000; at++) await object.save(record(`${at}`));
    });
    at(T0 + 300);
    await stub.load("key of 0");
    const newcomer = record("newcomer", { createdAt: T0 - 7 });
    expect(await stub.save(newcomer)).toMatchObject({ state: "saved" });
    const listed = await stub.list();
    expect(listed).toHaveLength(1_000);
    const kept = new Set(listed.map(({ name }) => name));
    expect([kept.has("0"), kept.has("newcomer")]).toEqual([true, true]);
    expect((await stub.end({ kind: "all" })).length).toBe(1_000);
    // And as many that ended.
    expect((await stored()).rows).toHaveLength(1_000);
  });

  it("1,000 names of ended sessions, also of those that never lay here", async () => {
    await runInDurableObject(stub, async (object) => {
      for (let at = 0; at < 1_010; at++) await object.end({ kind: "name", name: `sealed ${at}` });
    });
    expect((await stored()).rows).toHaveLength(1_000);
  });

  it("an alarm that the platform gave up is set again by whoever writes next", async () => {
    await stub.save(record("a"));
    await stub.save(record("b", { expiresAt: T0 + 2 * DAY }));
    await runInDurableObject(stub, (_object, { storage }) => storage.deleteAlarm());
    at(T0 + DAY + 60);
    expect(await stub.load("key of b")).toMatchObject({ name: "b" });
    expect((await stored()).alarm).toBe((T0 + DAY) * 1000);
    await runDurableObjectAlarm(stub);
    expect((await stored()).rows).toHaveLength(1);
  });

  it("300 of the largest sessions can be ended in one call: the older ones come without their seals", async () => {
    const sealed = "s".repeat(65_536);
    await runInDurableObject(stub, async (object: SessionObject) => {
      for (let at = 0; at < 300; at++) await object.save(record(`${at}`, { sealed, createdAt: T0 + at }));
    });
    const ended = await stub.end({ kind: "all" });
    expect(ended.map(({ name }) => name)).toEqual(Array.from({ length: 300 }, (_, at) => `${299 - at}`));
    expect(ended.filter((one) => one.sealed === sealed)).toHaveLength(256);
    expect(ended.slice(256).every((one) => one.sealed === "")).toBe(true);
  });

  it("one alarm deletes each session when it is over, and at last everything", async () => {
    await stub.save(record("a", { expiresAt: T0 + 60 }));
    await stub.save(record("b", { expiresAt: T0 + 60 + DAY }));
    expect((await stored()).alarm).toBe((T0 + 60) * 1000);
    at(T0 + 60);
    // Not found any more from its own moment on, whenever the alarm comes.
    expect(await stub.load("key of a")).toBe(null);
    expect(await names()).toEqual(["b"]);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await stored()).toMatchObject({ rows: [{ name: "b" }], alarm: (T0 + 60 + DAY) * 1000 });
    expect((await storedIn(stub, "keys", "key")).rows).toEqual([{ key: "key of b", name: "b" }]);
    at(T0 + 60 + DAY);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await stored()).toEqual({ rows: [], alarm: null });
    expect(await stub.save(record("a", { expiresAt: T0 + 3 * DAY }))).toMatchObject({ state: "saved" });
  });
});

it("the namespace fits the shelf port", async () => {
  const home: { getByName(person: string): SessionShelf } = exports.SessionsFromEnv;
  expect(await home.getByName("fits").load("nobody")).toBe(null);
});
