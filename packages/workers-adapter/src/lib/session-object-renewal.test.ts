import {
  createExecutionContext,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { type Auth, createAuth, type RequestAuth } from "@edgeseal/core";
import { renewStored, type SessionRecord, type SessionShelf } from "@edgeseal/core/adapter";
import { opaqueStore } from "@edgeseal/core/store";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { storedIn } from "../../test/durable-object.js";
import { isolate, newWorld, options, type RenewingSessions, type World } from "../../test/renewing-sessions.js";

const T0 = 1_800_000_000;
const HOUR = 3_600;

let count = 0;
let world: World;
let auth: Auth;

/** Only the clock is moved: the objects share it. */
function at(seconds: number): void {
  vi.setSystemTime(seconds * 1000);
}
const now = () => Math.floor(Date.now() / 1000);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  at(T0);
  world = newWorld();
  auth = isolate();
});
afterEach(() => {
  vi.useRealTimers();
});

const calls = () => world.provider.calls.filter(({ kind }) => kind === "refresh").length;

interface Visit {
  readonly visitor: RequestAuth;
  /** Calls of the provider that were begun before the answer. */
  readonly waitedFor: number;
}

interface Person {
  readonly stub: DurableObjectStub<RenewingSessions>;
  visit(from?: Auth): Promise<Visit>;
}

/** Somebody whose session has moved into the store. */
async function someone(id = `user_renewed_${count++}`): Promise<Person> {
  const sealed = await world.provider.cookieFor({ user: { id } });
  const ctx = createExecutionContext();
  const first = await auth.validateRequest(requestWith(sealed), ctx);
  await waitOnExecutionContext(ctx);
  const [cookie = ""] = first.headers.getSetCookie().map((line) => line.split(";", 1)[0] ?? "");
  expect([first.state, cookie]).toEqual(["authenticated", expect.stringMatching(/=eo1\./)]);
  const stub = exports.RenewingSessions.getByName(cookie.split(".")[2] ?? "");
  return {
    stub,
    async visit(from = auth) {
      const before = calls();
      const context = createExecutionContext();
      const visitor = await from.validateRequest(requestWith(cookie), context);
      const waitedFor = calls() - before;
      await waitOnExecutionContext(context);
      return { visitor, waitedFor };
    },
  };
}

const requestWith = (cookie: string) => new Request("https://app.example.com/", { headers: { Cookie: cookie } });
const stored = async ({ stub }: Person) => {
  const { rows, alarm } = await storedIn(stub, "sessions", "name");
  return { rows: rows as { generation: number; renew_at: number }[], alarm: (alarm ?? 0) / 1000 };
};

/** What the platform would do until then. */
function alarmsUntil({ stub }: Person, moment: number): Promise<void> {
  return runInDurableObject(stub, async (object, { storage }) => {
    for (let due = await storage.getAlarm(); due !== null && due < moment * 1000; due = await storage.getAlarm()) {
      at(Math.max(due / 1000, now()));
      await storage.deleteAlarm();
      await object.alarm();
    }
  });
}

/** Lets the object die once the ledger has confirmed what its renewal brought; then a stub of the one that comes after it. */
async function renewAndDie({ stub }: Person): Promise<DurableObjectStub<RenewingSessions>> {
  const { name = "" } = stub;
  // Called by the object itself: only in its own context may its state be used.
  await runInDurableObject(stub, (_object, state) => {
    world.settled = () => state.abort("the object was moved");
  });
  expect(await runDurableObjectAlarm(stub).catch(String)).toContain("the object was moved");
  world.settled = () => undefined;
  return exports.RenewingSessions.getByName(name);
}

/** Holds a renewal between the ledger and the object. By flags: a promise of one context resumes another one in its own. */
function hold(): { reached(): Promise<void>; release(): void } {
  let [isReached, isReleased] = [false, false];
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  world.settled = () => {
    isReached = true;
    return until(() => isReleased);
  };
  return {
    reached: () => until(() => isReached),
    release() {
      isReleased = true;
    },
  };
}

describe("renewal in the background", () => {
  it("comes before the token is due: nobody asks, and the next request finds it done", async () => {
    const person = await someone();
    const { alarm } = await stored(person);
    expect([alarm > T0 + 240, alarm < T0 + 300]).toEqual([true, true]);
    at(alarm + 1);
    await runDurableObjectAlarm(person.stub);
    expect(calls()).toBe(1);
    const after = await stored(person);
    expect(after.rows).toMatchObject([{ generation: 1 }]);
    expect(after.alarm).toBeGreaterThan(T0 + 300 + 180);
    at(T0 + 400);
    const { visitor, waitedFor } = await person.visit();
    expect(visitor).toMatchObject({ state: "authenticated", degraded: false });
    expect([waitedFor, calls()]).toEqual([0, 1]);
  });

  it("a week: no request of a session in use waits for the provider, which gets one call per life of a token", async () => {
    const person = await someone();
    const isolates = [auth, isolate(), isolate()];
    const states = new Set<string>();
    const waited: number[] = [];
    let visits = 0;
    for (let day = 0; day < 7; day++) {
      // Eight hours, with a request from every few seconds to every half an hour; then nobody until the next day.
      const begins = T0 + day * 24 * HOUR;
      for (let time = begins; time < begins + 8 * HOUR; time += 5 + ((visits * 7_919) % 1_800)) {
        await alarmsUntil(person, time);
        at(time);
        const { visitor, waitedFor } = await person.visit(isolates[visits++ % isolates.length]);
        states.add(`${visitor.state} ${visitor.state === "authenticated" && visitor.degraded}`);
        if (waitedFor > 0) waited.push(time);
      }
    }
    expect([...states]).toEqual(["authenticated false"]);
    // The first request of a day alone, whose token ended at night.
    expect(waited).toEqual([1, 2, 3, 4, 5, 6].map((day) => T0 + day * 24 * HOUR));
    const asked = world.provider.calls.filter(({ kind }) => kind === "refresh").map((call) => call.at);
    // A token lives for 300 s and is renewed at most 33 s before its end.
    const pauses = asked.slice(1).map((time, index) => time - (asked[index] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(300 - 33);
    expect([visits > 200, asked.length > (7 * 8 * HOUR) / 300, asked.length < (7 * 9.5 * HOUR) / 267]).toEqual([
      true,
      true,
      true,
    ]);
  }, 120_000);

  it("ends with use: a session that nobody asked for within an hour is left alone until somebody does", async () => {
    const person = await someone();
    for (let turn = 0; turn < 40; turn++) {
      const { alarm } = await stored(person);
      if (alarm > T0 + 24 * HOUR) break;
      at(alarm);
      await runDurableObjectAlarm(person.stub);
    }
    const seconds = now() - T0;
    expect([seconds > HOUR - 300, seconds < HOUR + 300]).toEqual([true, true]);
    const done = calls();
    expect(done).toBeLessThanOrEqual(HOUR / 267);
    at(T0 + 10 * HOUR);
    expect((await person.visit()).visitor.state).toBe("authenticated");
    expect(calls()).toBe(done + 1);
    expect((await stored(person)).alarm).toBeLessThan(T0 + 10 * HOUR + 300);
  });

  it("the provider is down: it is tried again, and nothing is lost", async () => {
    const person = await someone();
    at((await stored(person)).alarm + 1);
    world.provider.fail("refresh", "500");
    await runDurableObjectAlarm(person.stub);
    const { rows, alarm } = await stored(person);
    expect(rows).toMatchObject([{ generation: 0 }]);
    expect([alarm > now(), alarm <= now() + 120]).toEqual([true, true]);
    expect((await person.visit()).visitor.state).toBe("authenticated");
    at(alarm + 1);
    await runDurableObjectAlarm(person.stub);
    expect(await stored(person)).toMatchObject({ rows: [{ generation: 1 }] });
  });

  it("six at once and the rest right after; one that fails costs the others nothing", async () => {
    const [person] = await Promise.all(Array.from({ length: 8 }, () => someone("user_of_eight_devices")));
    if (!person) throw new Error("nobody");
    const generations = async () => (await stored(person)).rows.map(({ generation }) => generation).sort();
    at(T0 + 271);
    world.provider.fail("refresh", "500");
    await runDurableObjectAlarm(person.stub);
    expect(await generations()).toEqual([0, 0, 0, 1, 1, 1, 1, 1]);
    expect((await stored(person)).alarm).toBeLessThanOrEqual(now());
    await runDurableObjectAlarm(person.stub);
    expect(await generations()).toEqual([0, 1, 1, 1, 1, 1, 1, 1]);
    expect((await stored(person)).alarm).toBeGreaterThan(now());
    await alarmsUntil(person, T0 + 500);
    expect(await generations()).toEqual(Array(8).fill(1));
    expect(calls()).toBe(9);
  });

  it("MB-06 a session that is over at the provider is over here: 401 for the next request", async () => {
    const person = await someone();
    at((await stored(person)).alarm + 1);
    world.provider.fail("refresh", "invalid_grant");
    await runDurableObjectAlarm(person.stub);
    expect((await person.visit()).visitor).toMatchObject({ state: "anonymous", reason: "session_over" });
    expect((await stored(person)).rows).toMatchObject([{ ended_at: now(), sealed: null }]);
  });
});

describe("what may come between", () => {
  it("RF-03 the object dies once the ledger has the result: it is found again, without a second call", async () => {
    const person = await someone();
    at((await stored(person)).alarm + 1);
    const again = { ...person, stub: await renewAndDie(person) };
    expect([calls(), (await stored(again)).rows]).toMatchObject([1, [{ generation: 0 }]]);
    const { alarm } = await stored(again);
    expect(alarm).toBe(now() + 30);
    at(alarm);
    await runDurableObjectAlarm(again.stub);
    expect((await stored(again)).rows).toMatchObject([{ generation: 1 }]);
    expect((await person.visit(isolate())).visitor).toMatchObject({ state: "authenticated", degraded: false });
    expect(calls()).toBe(1);
  });

  it("RF-03 the same, and a request is the first to come, after the token's end", async () => {
    const person = await someone();
    at((await stored(person)).alarm + 1);
    const again = { ...person, stub: await renewAndDie(person) };
    at(T0 + 400);
    const { visitor } = await person.visit(isolate());
    expect(visitor).toMatchObject({ state: "authenticated", degraded: false });
    expect([calls(), (await stored(again)).rows]).toMatchObject([1, [{ generation: 1 }]]);
  });

  it("MB-06 requests are answered while a renewal hangs, and whoever ends the session wins over what it brings", async () => {
    const person = await someone();
    at((await stored(person)).alarm + 1);
    const renewal = hold();
    const alarm = runDurableObjectAlarm(person.stub);
    await renewal.reached();
    expect(await person.stub.list()).toHaveLength(1);
    expect((await person.visit()).visitor.state).toBe("authenticated");
    expect(await person.stub.end({ kind: "all" })).toHaveLength(1);
    expect((await person.visit()).visitor.state).toBe("anonymous");
    renewal.release();
    await alarm;
    expect((await person.visit(isolate())).visitor.state).toBe("anonymous");
    expect(await person.stub.list()).toEqual([]);
  });

  it("what a request has saved meanwhile is the later word", async () => {
    const person = await someone();
    at((await stored(person)).alarm + 1);
    const renewal = hold();
    const alarm = runDurableObjectAlarm(person.stub);
    await renewal.reached();
    expect((await person.visit(isolate())).visitor.state).toBe("authenticated");
    const saved = (await stored(person)).rows;
    expect(saved).toMatchObject([{ generation: 1 }]);
    renewal.release();
    await alarm;
    expect((await stored(person)).rows).toEqual(saved);
    expect(calls()).toBe(1);
  });
});

it("RF-13 nothing is renewed in the background without a ledger that all share: a request might be at it, too", async () => {
  const { ledger: _, ...rest } = options();
  const saved: SessionRecord[] = [];
  const shelf: SessionShelf = {
    load: async () => null,
    save: async (record) => ({ state: "saved", version: saved.push(record) }),
    end: async () => [],
  };
  const alone = createAuth({ ...rest, store: opaqueStore({ home: { getByName: () => shelf } }) });
  await alone.validateRequest(requestWith(await world.provider.cookieFor({ user: { id: "user_without_ledger" } })));
  at(T0 + 400);
  const [record] = saved;
  if (!record) throw new Error("nothing was saved");
  expect(await alone[renewStored]?.(record)).toEqual({ kind: "later", at: T0 + 400 + HOUR });
  expect(calls()).toBe(0);
});

it("is off, and says so once, in a Worker whose env does not say how: no alarm comes of it but the one that deletes", async () => {
  const told = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const record = (name: string) => ({
    key: `key of ${name}`,
    name,
    sealed: "es1.x",
    generation: 0,
    createdAt: T0,
    expiresAt: T0 + 24 * HOUR,
    endsAt: T0 + 24 * HOUR,
    renewAt: T0,
  });
  for (const person of ["off-1", "off-2"]) {
    const stub = exports.SessionsFromEnv.getByName(person);
    await stub.save(record("a"));
    await runDurableObjectAlarm(stub);
    await stub.save(record("b"));
    expect((await storedIn(stub, "sessions", "name")).alarm).toBe((T0 + 24 * HOUR) * 1000);
    expect(await stub.load("key of a")).toMatchObject({ state: "found" });
  }
  expect(told.mock.calls.map(([text]) => String(text).slice(0, 65))).toEqual([
    "edgeseal: SessionObject renews nothing in the background. Export ",
  ]);
});
