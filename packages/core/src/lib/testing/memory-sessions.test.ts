import { describe, expect, test } from "vitest";
import type { SessionRecord } from "../base/session-home.js";
import { createFakeClock } from "./fake-clock.js";
import { createMemorySessions } from "./memory-sessions.js";

function shelf() {
  const clock = createFakeClock();
  const home = createMemorySessions(clock);
  const record = (more: Partial<SessionRecord> = {}): SessionRecord => ({
    key: "key",
    name: "name",
    sealed: "es1.x",
    generation: 1,
    createdAt: clock.now(),
    expiresAt: clock.now() + 100,
    endsAt: clock.now() + 1_000,
    ...more,
  });
  return { clock, home, one: home.getByName("one"), record };
}

describe("sessions in memory", () => {
  test("are found by each of their keys, on their own shelf alone, until their end", async () => {
    const { clock, home, one, record } = shelf();
    expect(await one.load("key")).toBeNull();
    expect(await one.save(record())).toEqual({ state: "saved", version: 1 });
    expect(await one.load("key")).toEqual({ state: "found", version: 1, name: "name", sealed: "es1.x" });
    expect(await one.load("key", 1)).toEqual({ state: "same" });
    expect(await home.getByName("other").load("key")).toBeNull();
    expect(await one.save(record({ key: "late", generation: 0, sealed: "es1.y" }))).toEqual({ state: "older" });
    expect(await one.load("late", 1)).toEqual({ state: "same" });
    clock.advance(100);
    expect(await one.load("key", 1)).toBeNull();
    expect(await one.list?.()).toEqual([]);
  });

  test("that ended do not come back, by key, by name, and all but one", async () => {
    const { clock, one, record } = shelf();
    for (const name of ["a", "b", "c", "d"]) await one.save(record({ key: `key ${name}`, name }));
    const { name: _, ...facts } = { name: "a", createdAt: clock.now(), endsAt: clock.now() + 1_000, sealed: "es1.x" };
    expect(await one.end({ kind: "key", key: "key a" })).toEqual([{ name: "a", ...facts }]);
    expect(await one.end({ kind: "name", name: "b" })).toEqual([{ name: "b", ...facts }]);
    expect(await one.end({ kind: "name", name: "b" })).toEqual([]);
    clock.advance(1);
    expect(await one.end({ kind: "all", except: "c" })).toEqual([{ name: "d", ...facts }]);
    for (const name of ["a", "b", "d"]) expect(await one.save(record({ name }))).toEqual({ state: "ended" });
    const unseen = record({ name: "never seen", createdAt: clock.now() - 1 });
    expect(await one.save(unseen)).toEqual({ state: "ended" });
    expect(await one.save(record({ name: "new" }))).toMatchObject({ state: "saved" });
    expect((await one.list?.())?.map(({ name }) => name)).toEqual(["new", "c"]);
  });

  test("are listed newest first, and those of one second by name", async () => {
    const { clock, one, record } = shelf();
    await one.save(record({ key: "0", name: "older", createdAt: clock.now() - 1 }));
    for (const name of ["b", "C", "a"]) await one.save(record({ key: name, name }));
    expect((await one.list?.())?.map(({ name }) => name)).toEqual(["C", "a", "b", "older"]);
  });

  test("remember who signed in, and when they were last asked for, to five minutes", async () => {
    const { clock, one, record } = shelf();
    const first = record({ userAgent: "Firefox", ipAddress: "192.0.2.1", expiresAt: clock.now() + 900 });
    await one.save(first);
    await one.save({ ...record({ expiresAt: first.expiresAt, createdAt: first.createdAt }), generation: 2 });
    clock.advance(299);
    await one.load("key");
    expect(await one.list?.()).toMatchObject([
      { userAgent: "Firefox", ipAddress: "192.0.2.1", seenAt: clock.now() - 299 },
    ]);
    clock.advance(1);
    await one.load("key");
    expect(await one.list?.()).toMatchObject([{ seenAt: clock.now() }]);
  });
});
