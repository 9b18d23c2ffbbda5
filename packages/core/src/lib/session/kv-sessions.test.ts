import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KeyValueStore } from "../base/ports.js";
import type { EndedWhich, SessionRecord } from "../base/session-home.js";
import { createFakeClock } from "../testing/fake-clock.js";
import { createMemoryStore } from "../testing/memory-store.js";
import { kvSessions } from "./kv-sessions.js";

const PERSON = "p".repeat(43);
const KEY = "k".repeat(43);
const NAME = "n".repeat(43);
const AT = `edgeseal:session:${PERSON}`;
const DAY = 86_400;

function world() {
  const clock = createFakeClock();
  const kv = createMemoryStore({ ...clock, delaySeconds: 0 });
  const calls: { readonly call: string; readonly key: string; readonly ttl?: number | undefined }[] = [];
  const watched: KeyValueStore = {
    get(key) {
      calls.push({ call: "get", key });
      return kv.get(key);
    },
    async put(key, value, options) {
      calls.push({ call: "put", key, ttl: options?.expirationTtl });
      await kv.put(key, value, options);
    },
    delete: (key) => kv.delete(key),
  };
  const puts = () => calls.filter(({ call }) => call === "put").map(({ key, ttl }) => ({ key, ttl }));
  const home = kvSessions(watched, { now: clock.now });
  const record = (more: Partial<SessionRecord> = {}): SessionRecord => {
    const now = clock.now();
    return {
      key: KEY,
      name: NAME,
      sealed: "es1.sealed",
      generation: 1,
      createdAt: now,
      expiresAt: now + DAY,
      endsAt: now + 30 * DAY,
      userAgent: "Firefox",
      ipAddress: "192.0.2.1",
      ...more,
    };
  };
  return { clock, kv, calls, puts, home, shelf: home.getByName(PERSON), record };
}

/** One location's view of a store that all share: what it read, found or not, it reads again for 60 seconds. */
function locationOf(kv: KeyValueStore, { now }: { now(): number }): KeyValueStore {
  const seen = new Map<string, { readonly value: string | null; readonly until: number }>();
  return {
    ...kv,
    async get(key) {
      const cached = seen.get(key);
      if (cached && now() < cached.until) return cached.value;
      const value = await kv.get(key);
      seen.set(key, { value, until: now() + 60 });
      return value;
    },
  };
}

describe("kvSessions", () => {
  test("MB-01 a key opens nothing on the shelf of another person, and no name of the store is a person's or a session's id", async () => {
    const { home, shelf, record, puts } = world();
    await shelf.save(record());
    expect(await home.getByName("q".repeat(43)).load(KEY)).toBeNull();
    expect(puts().map(({ key }) => key)).toEqual([`${AT}:${KEY}`]);
  });

  test.each<[string, EndedWhich]>([
    ["by its key", { kind: "key", key: KEY }],
    ["by its name", { kind: "name", name: NAME }],
    ["with all of the person's", { kind: "all" }],
  ])("MB-06 ended %s: gone at once where it was ended, and 60 seconds later everywhere", async (_, which) => {
    const { clock, kv, record } = world();
    const here = kvSessions(kv, { now: clock.now }).getByName(PERSON);
    const there = kvSessions(locationOf(kv, clock), { now: clock.now }).getByName(PERSON);
    await here.save(record());
    // The first look of an isolate has to learn the session's name, every other asks for all three at once.
    expect((await there.load(KEY))?.state).toBe("found");
    clock.advance(5);
    await here.end(which);
    expect(await here.load(KEY)).toBeNull();
    clock.advance(54);
    expect((await there.load(KEY))?.state).toBe("found");
    clock.advance(1);
    expect(await there.load(KEY)).toBeNull();
  });

  test.each<[string, EndedWhich]>([
    ["by its name", { kind: "name", name: NAME }],
    ["by its key", { kind: "key", key: KEY }],
    ["with all of the person's", { kind: "all" }],
  ])("MB-06 whoever saves what was ended %s, and does not see it yet, brings nothing back", async (_, which) => {
    const { clock, kv, record } = world();
    const here = kvSessions(kv, { now: clock.now }).getByName(PERSON);
    const there = kvSessions(locationOf(kv, clock), { now: clock.now }).getByName(PERSON);
    await here.save(record());
    await there.load(KEY);
    clock.advance(5);
    await here.end(which);
    clock.advance(5);
    expect((await there.save(record({ generation: 2, createdAt: clock.now() - 10 }))).state).toBe("saved");
    expect(await here.load(KEY)).toBeNull();
    clock.advance(60);
    expect(await there.load(KEY)).toBeNull();
    expect(await there.save(record({ generation: 3, createdAt: clock.now() - 70 }))).toEqual({ state: "ended" });
    expect(await there.save(record({ key: "other".padEnd(43, "k"), createdAt: clock.now() - 70 }))).toEqual({
      state: "ended",
    });
  });

  test("an ending of all spares whoever signs in after it, and its moment never moves back", async () => {
    const { clock, shelf, record } = world();
    const since = clock.now();
    await shelf.end({ kind: "all", since });
    clock.advance(2);
    await shelf.end({ kind: "all", since: since - 100 });
    expect(await shelf.save(record({ createdAt: since }))).toEqual({ state: "ended" });
    expect((await shelf.save(record({ createdAt: since + 1 }))).state).toBe("saved");
    expect((await shelf.load(KEY))?.state).toBe("found");
  });

  test("all but one is refused aloud: two such orders could undo each other", async () => {
    const { shelf, puts } = world();
    await expect(shelf.end({ kind: "all", except: NAME })).rejects.toThrow("all sessions but one");
    expect(puts()).toEqual([]);
  });

  test("what is ended by its key is handed back once, for the provider, and remembered until the session would end", async () => {
    const { clock, shelf, record, puts } = world();
    const { createdAt, endsAt } = record();
    await shelf.save(record());
    clock.advance(10);
    const key = { kind: "key", key: KEY } as const;
    expect(await shelf.end(key)).toEqual([{ name: NAME, createdAt, endsAt, sealed: "es1.sealed" }]);
    const left = endsAt - clock.now();
    expect(puts().slice(1)).toEqual([
      { key: `${AT}:ended:${NAME}`, ttl: left },
      { key: `${AT}:${KEY}`, ttl: left },
    ]);
    expect(await shelf.end(key)).toEqual([]);
    expect(puts()).toHaveLength(3);
  });

  test("a key that has nothing here yet is ended all the same", async () => {
    const { clock, kv, record } = world();
    const here = kvSessions(locationOf(kv, clock), { now: clock.now }).getByName(PERSON);
    const there = kvSessions(kv, { now: clock.now }).getByName(PERSON);
    await here.load(KEY);
    await there.save(record());
    clock.advance(5);
    expect(await here.end({ kind: "key", key: KEY })).toEqual([]);
    expect(await there.load(KEY)).toBeNull();
    expect(await there.save(record())).toEqual({ state: "ended" });
  });

  test.each<[string, EndedWhich]>([
    ["by its name", { kind: "name", name: NAME }],
    ["by its key", { kind: "key", key: KEY }],
    ["with all of the person's", { kind: "all" }],
  ])("a copy in the cookie does not outlive its session, ended %s before its record was seen", async (_, which) => {
    const { clock, kv, record } = world();
    const here = kvSessions(locationOf(kv, clock), { now: clock.now }).getByName(PERSON);
    const there = kvSessions(locationOf(kv, clock), { now: clock.now }).getByName(PERSON);
    const copy = { name: NAME, createdAt: clock.now() };
    expect(await here.load(KEY, undefined, copy)).toBeNull();
    await there.save(record());
    clock.advance(5);
    expect(await here.load(KEY, undefined, copy)).toBeNull();
    await kvSessions(kv, { now: clock.now }).getByName(PERSON).end(which);
    clock.advance(55);
    expect(await here.load(KEY, undefined, copy)).toEqual({ state: "ended" });
    expect(await here.load(KEY)).toBeNull();
  });

  test("a store that fails is no answer: nobody is let in, and nobody is told that nothing is there", async () => {
    const { clock, kv, record } = world();
    await kvSessions(kv, { now: clock.now }).getByName(PERSON).save(record());
    for (const part of [KEY, "ended", `ended:${NAME}`]) {
      const broken: KeyValueStore = {
        ...kv,
        get: (key) => (key === `${AT}:${part}` ? Promise.reject(new Error("KV GET failed: 500")) : kv.get(key)),
      };
      const shelf = kvSessions(broken, { now: clock.now }).getByName(PERSON);
      await expect(shelf.load(KEY)).rejects.toThrow("500");
    }
  });

  test("two writes within a second: KV refuses the second one, which is tried again a second later", async () => {
    const { clock, kv, record } = world();
    let refused = 0;
    const busy: KeyValueStore = {
      ...kv,
      put: (...call) =>
        refused++ === 0 ? Promise.reject(new Error("KV PUT failed: 429 Too Many Requests")) : kv.put(...call),
    };
    const shelf = kvSessions(busy, { now: clock.now }).getByName(PERSON);
    expect((await shelf.save(record())).state).toBe("saved");
    expect(refused).toBe(2);
  });

  test("whatever else lies under a key is a miss, never a fault, and a session is saved over it", async () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.record({ version: fc.anything(), name: fc.anything(), sealed: fc.anything() }).map((it) => JSON.stringify(it)),
      fc.string({ minLength: 44, maxLength: 2_000 }).map((name) => {
        const times = { createdAt: 1, expiresAt: 4_000_000_000, endsAt: 4_000_000_000 };
        return JSON.stringify({ version: 1, name, generation: 1, ...times, sealed: "es1.x" });
      }),
    );
    await fc.assert(
      fc.asyncProperty(texts, texts, async (text, mark) => {
        const { clock, kv, shelf, record } = world();
        await kv.put(`${AT}:${KEY}`, text ?? "null");
        await kv.put(`${AT}:ended`, /^\d+$/.test(mark ?? "") ? "x" : (mark ?? "null"));
        expect(await shelf.load(KEY)).toBeNull();
        if (text === "ended") return;
        clock.advance(1);
        expect((await shelf.save(record())).state).toBe("saved");
        expect((await shelf.load(KEY))?.state).toBe("found");
      }),
    );
  });

  test("a late save never takes the place of a later generation", async () => {
    const { clock, shelf, record } = world();
    await shelf.save(record({ generation: 3, sealed: "es1.third" }));
    clock.advance(1);
    expect(await shelf.save(record({ generation: 2 }))).toEqual({ state: "older" });
    expect(await shelf.load(KEY)).toMatchObject({ state: "found", sealed: "es1.third" });
  });

  test("what the caller remembers is not sent again, until it is saved anew, be it in the same generation", async () => {
    const { clock, shelf, record } = world();
    const first = await shelf.save(record());
    if (first.state !== "saved") throw new Error("not saved");
    expect(await shelf.load(KEY, first.version)).toEqual({ state: "same" });
    clock.advance(1);
    const second = await shelf.save(record({ sealed: "es1.with-a-new-key" }));
    if (second.state !== "saved") throw new Error("not saved");
    expect(second.version).not.toBe(first.version);
    expect(await shelf.load(KEY, first.version)).toEqual({
      state: "found",
      version: second.version,
      name: NAME,
      sealed: "es1.with-a-new-key",
    });
  });

  test("lies no longer than it counts, at least KV's 60 seconds, and counts no longer than it says", async () => {
    const { clock, shelf, record, puts } = world();
    await shelf.save(record({ expiresAt: clock.now() + 10 }));
    expect(puts()).toEqual([{ key: `${AT}:${KEY}`, ttl: 60 }]);
    clock.advance(9);
    expect((await shelf.load(KEY))?.state).toBe("found");
    clock.advance(1);
    expect(await shelf.load(KEY)).toBeNull();
  });

  test("keeps nothing of the client, as nobody can list it here", async () => {
    const { kv, shelf, record } = world();
    await shelf.save(record());
    const text = await kv.get(`${AT}:${KEY}`);
    expect(Object.keys(JSON.parse(text ?? ""))).toEqual([
      "version",
      "name",
      "generation",
      "createdAt",
      "expiresAt",
      "endsAt",
      "sealed",
    ]);
    expect(shelf.list).toBeUndefined();
  });

  test("three reads a request, all at once when the isolate knows the session; remembers 5,000 of them", async () => {
    const { calls, home, shelf, record } = world();
    await shelf.save(record());
    const trips = async (key: string) => {
      const before = calls.length;
      await shelf.load(key);
      return calls.slice(before).map((one) => one.key.slice(AT.length));
    };
    calls.length = 0;
    expect(await trips(KEY)).toEqual([`:${KEY}`, ":ended", `:ended:${NAME}`]);
    expect(await trips("other")).toEqual([":other", ":ended"]);
    for (let i = 0; i < 5_000; i++)
      await home.getByName(PERSON).save(record({ key: `key-${i}`, name: `name-${i}`.padEnd(43, "n") }));
    expect(await trips(KEY)).toEqual([`:${KEY}`, ":ended", `:ended:${NAME}`]);
  });

  test("refuses what is no KV namespace", () => {
    // @ts-expect-error a binding that is missing
    expect(() => kvSessions(undefined)).toThrow("needs a KV namespace");
    const { kv } = world();
    // @ts-expect-error no such option
    expect(() => kvSessions(kv, { cacheSeconds: 1 })).toThrow("has no option `cacheSeconds`");
  });
});
