import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import type { Ledger, LedgerClaim, LedgerRequest } from "@edgeseal/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LedgerObject } from "./ledger-object.js";

const T0 = 1_800_000_000;
const ENDS_AT = T0 + 30 * 86_400;
const DUE: LedgerRequest = { presented: 1, held: 1, tokenExpiresAt: T0, wait: true, endsAt: ENDS_AT };

let count = 0;
let stub: DurableObjectStub<LedgerObject>;

/** Only the clock is moved: the object shares it, its timers stay real. */
function at(seconds: number): void {
  vi.setSystemTime(seconds * 1000);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  at(T0);
  stub = exports.LedgerObject.getByName(`session-${count++}`);
});
afterEach(() => {
  vi.useRealTimers();
});

async function lead(request: LedgerRequest = DUE): Promise<string> {
  const claim = await stub.claim(request);
  if (claim.role !== "leader") throw new Error(`expected to lead, was told ${claim.role}`);
  return claim.lease;
}

/** An RPC promise can be called, too, and `expect` calls what it can: it gets a plain promise. */
async function rejection(call: Promise<unknown>): Promise<unknown> {
  try {
    return `resolved: ${JSON.stringify(await call)}`;
  } catch (error) {
    return error;
  }
}

/** As seen by the object: rows of its table and its alarm. */
function stored(): Promise<{ readonly rows: readonly unknown[]; readonly alarm: number | null }> {
  return runInDurableObject(stub, async (_object, { storage }) => {
    const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'ledger'").toArray();
    const rows = tables.length === 0 ? [] : storage.sql.exec("SELECT * FROM ledger").toArray();
    return { rows, alarm: await storage.getAlarm() };
  });
}

/** Makes the real storage refuse every write of the row. */
function breakWrites(): Promise<void> {
  return runInDurableObject(stub, (_object, { storage }) => {
    for (const when of ["INSERT", "UPDATE", "DELETE"]) {
      storage.sql.exec(
        `CREATE TRIGGER refuse_${when} BEFORE ${when} ON ledger BEGIN SELECT RAISE(ABORT, 'disk is full'); END`,
      );
    }
  });
}

function mendWrites(): Promise<void> {
  return runInDurableObject(stub, (_object, { storage }) => {
    for (const when of ["INSERT", "UPDATE", "DELETE"]) storage.sql.exec(`DROP TRIGGER refuse_${when}`);
  });
}

it("refuses what is no claim, naming the field alone, and stores nothing", async () => {
  const claim = stub.claim({ ...DUE, held: -77 });
  expect(String(await rejection(claim))).toBe("TypeError: edgeseal ledger: `held` is missing or out of range.");
  expect(await stored()).toEqual({ rows: [], alarm: null });
});

describe("storage and evictions", () => {
  it("ST-04 rejects a claim whose row cannot be written, and remembers nothing of it", async () => {
    await stub.settle({ kind: "failed", lease: "x", retryAfterSeconds: 1 });
    await breakWrites();
    expect(String(await rejection(stub.claim(DUE)))).toContain("disk is full");
    await mendWrites();
    expect(await stub.claim(DUE)).toEqual({ role: "leader", lease: expect.any(String) });
  });

  it("ST-04 rejects a settle whose row cannot be written; the same leader settles again", async () => {
    const lease = await lead();
    await breakWrites();
    const next = { kind: "next", lease, held: 1, successor: "sealed" } as const;
    expect(String(await rejection(stub.settle(next)))).toContain("disk is full");
    await mendWrites();
    expect(await stub.settle(next)).toEqual({ accepted: true });
    expect(await stub.claim(DUE)).toEqual({ role: "adopt", successor: "sealed" });
  });

  it("RF-03 hands out the successor after an eviction that followed the settle: nobody leads again", async () => {
    await stub.settle({ kind: "next", lease: await lead(), held: 1, successor: "sealed" });
    await evictDurableObject(stub);
    expect(await stub.claim(DUE)).toEqual({ role: "adopt", successor: "sealed" });
  });

  it("RF-03 keeps the lease over an eviction: one leader at a time", async () => {
    const lease = await lead();
    await evictDurableObject(stub);
    expect(await stub.claim({ ...DUE, wait: false })).toEqual({ role: "busy", until: T0 + 10 });
    expect(await stub.settle({ kind: "next", lease, held: 1, successor: "sealed" })).toEqual({ accepted: true });
  });

  it("RF-27 rejects everybody who waits when the object dies; they claim again and adopt", async () => {
    const lease = await lead();
    const outcomes = Promise.all([1, 2, 3].map(() => rejection(stub.claim(DUE))));
    await stub.claim({ ...DUE, wait: false });
    await runInDurableObject(stub, (_object, state) => state.abort("code was updated")).catch(() => undefined);
    expect((await outcomes).map(String)).toEqual(Array(3).fill("Error: code was updated"));

    stub = exports.LedgerObject.getByName(`session-${count - 1}`);
    expect(await stub.settle({ kind: "next", lease, held: 1, successor: "sealed" })).toEqual({ accepted: true });
    expect(await stub.claim(DUE)).toEqual({ role: "adopt", successor: "sealed" });
  });
});

describe("waiting", () => {
  it("RF-01 of 100 claims at once one leads; the others wait and adopt what it settles", async () => {
    const claims = Array.from({ length: 100 }, () => stub.claim(DUE));
    const first = await Promise.race(claims);
    if (first.role !== "leader") throw new Error(`the first answer was ${first.role}`);
    await stub.settle({ kind: "next", lease: first.lease, held: 1, successor: "sealed" });
    const roles = (await Promise.all(claims)).map(({ role }) => role);
    expect(roles.filter((role) => role === "leader")).toHaveLength(1);
    expect(roles.filter((role) => role === "adopt")).toHaveLength(99);
  });

  it("tells those who wait that the session is over", async () => {
    const lease = await lead();
    const waiting = stub.claim(DUE);
    await stub.claim({ ...DUE, wait: false });
    expect(await stub.settle({ kind: "over", lease, held: 1 })).toEqual({ accepted: true });
    expect(await waiting).toEqual({ role: "over" });
  });

  it("RF-26 a log-out wakes those who wait and refuses the leader's tokens", async () => {
    const lease = await lead();
    const waiting = stub.claim(DUE);
    await stub.claim({ ...DUE, wait: false });
    await stub.settle({ kind: "ended", endsAt: ENDS_AT });
    expect(await waiting).toEqual({ role: "over", ended: true });
    const late = await stub.settle({ kind: "next", lease, held: 1, successor: "sealed" });
    expect(late).toEqual({ accepted: false, role: "over", ended: true });
  });

  it("after a failure those who wait are told until when, and nobody leads before", async () => {
    const lease = await lead();
    const waiting = stub.claim(DUE);
    await stub.claim({ ...DUE, wait: false });
    await stub.settle({ kind: "failed", lease, retryAfterSeconds: 30 });
    expect(await waiting).toMatchObject({ role: "busy", until: T0 + 30 });
    at(T0 + 30);
    await lead();
  });

  it("RF-27 makes exactly one of those who wait the leader when the lease ends without a word", async () => {
    const afterLease = await waitThrough(10_000);
    expect(afterLease).toEqual([{ role: "leader", lease: expect.any(String), afterLapse: true }]);
  });

  it("tells those who waited as long as a lease lives that it is busy: whoever asked may be gone", async () => {
    const afterPatience = await waitThrough(12_000);
    const busy = { role: "busy", until: T0 + 20 };
    expect(afterPatience).toEqual([expect.objectContaining({ role: "leader" }), busy, busy]);
  });

  /** Three callers come two seconds after a leader of whom nothing is heard again. */
  function waitThrough(milliseconds: number): Promise<LedgerClaim[]> {
    // The object's own timers, too: they are moved inside the object, where they are set.
    return runInDurableObject(stub, async (object) => {
      vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: T0 * 1000 });
      const answers: LedgerClaim[] = [];
      await object.claim(DUE);
      await vi.advanceTimersByTimeAsync(2_000);
      for (let caller = 0; caller < 3; caller++) void object.claim(DUE).then((answer) => answers.push(answer));
      await vi.advanceTimersByTimeAsync(7_000);
      expect(answers).toEqual([]);
      await vi.advanceTimersByTimeAsync(milliseconds - 9_000);
      const seen = [...answers];
      await vi.advanceTimersByTimeAsync(10_000);
      return seen;
    });
  }
});

describe("what is kept, and for how long", () => {
  it("writes one row and one alarm for a session, at its absolute end", async () => {
    await stub.settle({ kind: "next", lease: await lead(), held: 1, successor: "sealed" });
    const { rows, alarm } = await stored();
    expect(rows).toEqual([
      {
        id: 1,
        latest: 2,
        seen: 1,
        places: "",
        successor: "sealed",
        settled_at: T0,
        lease_id: null,
        lease_until: 0,
        not_before: T0 + 10,
        over_at: -1,
        ended: 0,
        spent: 0,
        forget_at: ENDS_AT,
      },
    ]);
    expect(alarm).toBe(ENDS_AT * 1000);
  });

  it("writes nothing for a claim that changes nothing", async () => {
    await stub.settle({ kind: "next", lease: await lead(), held: 1, successor: "sealed" });
    await breakWrites();
    expect(await stub.claim(DUE)).toEqual({ role: "adopt", successor: "sealed" });
    expect(await stub.claim({ ...DUE, wait: false })).toEqual({ role: "adopt", successor: "sealed" });
  });

  it("an alarm that comes before the end deletes nothing and is set again", async () => {
    await stub.settle({ kind: "next", lease: await lead(), held: 1, successor: "sealed" });
    at(ENDS_AT - 1);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    const { rows, alarm } = await stored();
    expect(rows).toHaveLength(1);
    expect(alarm).toBe(ENDS_AT * 1000);
  });

  it("the alarm at the end deletes everything; the object can be used anew", async () => {
    await stub.settle({ kind: "next", lease: await lead(), held: 1, successor: "sealed" });
    at(ENDS_AT);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await stored()).toEqual({ rows: [], alarm: null });
    await lead({ ...DUE, endsAt: ENDS_AT + 100 });
    expect((await stored()).alarm).toBe((ENDS_AT + 100) * 1000);
  });

  it("a later end moves the alarm, an earlier one does not", async () => {
    await stub.claim({ ...DUE, wait: false, endsAt: T0 + 100 });
    await stub.claim({ ...DUE, wait: false, endsAt: T0 + 200 });
    await stub.claim({ ...DUE, wait: false, endsAt: T0 + 150 });
    expect((await stored()).alarm).toBe((T0 + 200) * 1000);
  });

  it.each([
    { kind: "next", lease: "lost", held: 1, successor: "sealed" },
    { kind: "over", lease: "lost", held: 1 },
    { kind: "failed", lease: "lost", retryAfterSeconds: 1 },
  ] as const)("$kind of a session whose row is gone: what it leaves has an end, too", async (result) => {
    await stub.settle(result);
    const { alarm } = await stored();
    expect(alarm).toBeGreaterThanOrEqual((T0 + 60) * 1000);
    at((alarm ?? 0) / 1000);
    await runDurableObjectAlarm(stub);
    expect(await stored()).toEqual({ rows: [], alarm: null });
  });

  it("a log-out drops the successor and is remembered until the session would have ended", async () => {
    await stub.settle({ kind: "next", lease: await lead(), held: 1, successor: "sealed" });
    await stub.settle({ kind: "ended", endsAt: ENDS_AT });
    await evictDurableObject(stub);
    expect(await stub.claim(DUE)).toEqual({ role: "over", ended: true });
    const { rows } = await stored();
    expect(rows).toEqual([expect.objectContaining({ successor: null, ended: 1, forget_at: ENDS_AT })]);
  });
});

describe("one session with cookies on hosts of different sites", () => {
  it("remembers what each host has shown, through an eviction of the object", async () => {
    const blog = { ...DUE, place: "blog", wait: false };
    await stub.settle({ kind: "next", lease: await lead(), held: 1, successor: "sealed-2" });
    at(T0 + 600);
    expect(await stub.claim({ ...blog, presented: 0, held: 0 })).toEqual({ role: "adopt", successor: "sealed-2" });
    expect(await stub.claim({ ...blog, presented: 2, held: 2 })).toMatchObject({ role: "leader" });
    await evictDurableObject(stub);
    expect(await stub.claim({ ...blog, presented: 1, held: 1 })).toEqual({ role: "stale" });
    expect(await stub.claim({ ...DUE, wait: false })).toEqual({ role: "adopt", successor: "sealed-2" });
    expect((await stored()).rows).toMatchObject([{ seen: 1, places: "blog:2" }]);
  });

  it("tells who only looks, and gives nobody a lease for it", async () => {
    const look = { ...DUE, looks: true };
    expect(await stub.claim(look)).toEqual({ role: "busy", until: T0 });
    await lead();
    await stub.settle({ kind: "ended", endsAt: ENDS_AT });
    expect(await stub.claim(look)).toEqual({ role: "over", ended: true });
  });

  it.each(["", "a b", "a:1", "x".repeat(44), 7, null])("refuses %j as the name of a place", async (place) => {
    const request = { ...DUE, place } as LedgerRequest;
    expect(await rejection(stub.claim(request))).toBeInstanceOf(TypeError);
  });
});

describe("spend", () => {
  it("SS-02 40 tickets, each redeemed 100 times at once: exactly 40 are", async () => {
    let spent = 0;
    for (let ticket = 0; ticket < 40; ticket++) {
      const entry = exports.LedgerObject.getByName(`ticket-${count++}`);
      const answers = await Promise.all(Array.from({ length: 100 }, () => entry.spend(T0 + 180)));
      spent += answers.filter((isFirst) => isFirst).length;
    }
    expect(spent).toBe(40);
  });

  it("is true exactly once, over 100 calls at once and an eviction", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => stub.spend(T0 + 60)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    await evictDurableObject(stub);
    expect(await stub.spend(T0 + 60)).toBe(false);
  });

  it("is false from the expiry on, and refuses what is no time", async () => {
    expect(await stub.spend(T0)).toBe(false);
    expect(await rejection(stub.spend(Number.POSITIVE_INFINITY))).toBeInstanceOf(TypeError);
  });
});

it("the namespace fits the ledger port", async () => {
  const ledger: Ledger = exports.LedgerObject;
  expect(await ledger.getByName("fits").claim({ ...DUE, wait: false })).toEqual({
    role: "leader",
    lease: expect.any(String),
  });
});
