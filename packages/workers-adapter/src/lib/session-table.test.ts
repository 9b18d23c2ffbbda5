import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import type { EndedWhich, SessionRecord } from "@edgeseal/core/adapter";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type SessionTable, sessionTable } from "./session-table.js";

const T0 = 1_800_000_000;
const DAY = 86_400;

let count = 0;

/** A table of a real object's storage, with the statements that it runs. */
function inTable<Answer>(
  test: (table: SessionTable, ran: SqlStorageCursor<never>[], storage: DurableObjectStorage) => Answer,
): Promise<Answer> {
  const stub = exports.SessionsFromEnv.getByName(`table-${count++}`);
  return runInDurableObject(stub, (_object, { storage }) => {
    const ran: SqlStorageCursor<never>[] = [];
    const exec = (query: string, ...by: SqlStorageValue[]) => {
      const cursor = storage.sql.exec<never>(query, ...by);
      ran.push(cursor);
      return cursor;
    };
    // As: of the storage the table calls this one method.
    return test(sessionTable({ exec } as unknown as SqlStorage), ran, storage);
  });
}

function record(name: string, changes: Partial<SessionRecord> = {}): SessionRecord {
  const times = { createdAt: T0, expiresAt: T0 + DAY, endsAt: T0 + 30 * DAY };
  return { key: `key of ${name}`, name, sealed: `es1.${name}`.padEnd(4_000, "x"), generation: 0, ...times, ...changes };
}

it("1,000 sessions: a list is one statement that reads no seal twice over, an end of all the same few as of one", () =>
  inTable((table, ran) => {
    for (let at = 0; at < 1_000; at++) table.save(record(`${at}`), T0, T0 * 1000);
    const during = (call: () => readonly unknown[]) => {
      ran.length = 0;
      const { length: answers } = call();
      const read = ran.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
      return { answers, statements: ran.length, read };
    };
    const question = during(() => [table.find("key of 500", undefined, T0)]);
    expect(question).toEqual({ answers: 1, statements: 1, read: 2 });
    const list = during(() => table.list(T0));
    expect(list).toMatchObject({ answers: 1_000, statements: 1 });
    expect(list.read).toBeLessThanOrEqual(3_000);
    const one = during(() => table.end({ kind: "key", key: "key of 7" }, T0));
    expect(one).toMatchObject({ answers: 1, statements: 4 });
    const all = during(() => table.end({ kind: "all" }, T0));
    expect(all).toMatchObject({ answers: 999, statements: 6 });
    expect(all.read).toBeLessThanOrEqual(20_000);
  }));

const NAMES = ["a", "b", "c", "d"] as const;
const name = fc.constantFrom(...NAMES);
const key = fc.constantFrom("k0", "k1", "k2", "k3", "k4", "k5");
const ahead = fc.integer({ min: 0, max: 40 });

type Call =
  | { readonly do: "save"; readonly record: SessionRecord }
  | { readonly do: "find"; readonly key: string; readonly knows: boolean }
  | { readonly do: "end"; readonly which: EndedWhich }
  | { readonly do: "take" | "renew" | "list" | "prune" }
  | { readonly do: "wait"; readonly seconds: number };

const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({
        key,
        name,
        generation: fc.integer({ min: 0, max: 3 }),
        began: ahead,
        expires: ahead,
        renews: fc.option(ahead, { nil: undefined }),
      })
      .map(
        ({ began, expires, renews, ...rest }): Call => ({
          do: "save",
          record: {
            ...rest,
            sealed: `es1.${rest.name}.${rest.generation}.${expires}`,
            createdAt: T0 + began,
            expiresAt: T0 + 20 + expires,
            endsAt: T0 + 100,
            ...(renews !== undefined && { renewAt: T0 + renews }),
          },
        }),
      ),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("find" as const), key, knows: fc.boolean() }) },
  fc
    .oneof(
      key.map((ended): EndedWhich => ({ kind: "key", key: ended })),
      name.map((ended): EndedWhich => ({ kind: "name", name: ended })),
      fc
        .record({ except: name, since: ahead.map((seconds) => T0 + seconds) }, { requiredKeys: [] })
        .map((some): EndedWhich => ({ kind: "all", ...some })),
    )
    .map((which): Call => ({ do: "end", which })),
  fc.constantFrom("take", "renew", "list", "prune").map((verb): Call => ({ do: verb })),
  ahead.map((seconds): Call => ({ do: "wait", seconds: Math.floor(seconds / 8) })),
);

/** The same promises with nothing but maps. */
function model() {
  interface Kept extends SessionRecord {
    readonly version: number;
    readonly ended: boolean;
    readonly forgetAt: number;
  }
  const kept = new Map<string, Kept>();
  const keys = new Map<string, string>();
  const endings: { readonly spared: string; readonly since: number }[] = [];
  const isLive = (one: Kept | undefined, now: number): one is Kept => !!one && !one.ended && one.forgetAt > now;

  function finish(one: Kept): void {
    kept.set(one.name, { ...one, ended: true, forgetAt: one.endsAt });
    for (const [lead, to] of keys) if (to === one.name) keys.delete(lead);
  }
  return {
    save(saved: SessionRecord, stamp: number): string {
      const before = kept.get(saved.name);
      const covered = endings.some(({ spared, since }) => spared !== saved.name && since >= saved.createdAt);
      if (before ? before.ended : covered) return "ended";
      keys.set(saved.key, saved.name);
      if (before && before.generation > saved.generation) return "older";
      const version = Math.max(stamp, (before?.version ?? 0) + 1);
      kept.set(saved.name, {
        ...saved,
        createdAt: before?.createdAt ?? saved.createdAt,
        version,
        ended: false,
        forgetAt: saved.expiresAt,
      });
      return "saved";
    },
    find(lead: string, now: number): Kept | null {
      const one = kept.get(keys.get(lead) ?? "");
      return isLive(one, now) ? one : null;
    },
    end(which: EndedWhich, now: number): string[] {
      if (which.kind === "all") endings.push({ spared: which.except ?? "", since: which.since ?? now - 1 });
      const meant = [...kept.values()].filter((one) => {
        if (which.kind === "key") return one.name === keys.get(which.key);
        if (which.kind === "name") return one.name === which.name;
        return one.name !== which.except && one.createdAt <= (which.since ?? one.createdAt);
      });
      const ended = meant.filter((one) => isLive(one, now)).map((one) => one.name);
      for (const one of meant) if (!one.ended) finish(one);
      if (which.kind === "name" && !kept.has(which.name)) {
        const unseen = record(which.name, { endsAt: now + 400 * DAY });
        finish({ ...unseen, version: 0, ended: false, forgetAt: 0 });
      }
      return ended.sort();
    },
    list: (now: number) =>
      [...kept.values()]
        .filter((one) => isLive(one, now))
        .sort((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? -1 : 1))
        .map((one) => one.name),
    prune(now: number): void {
      for (const one of kept.values()) {
        if (one.forgetAt > now) continue;
        kept.delete(one.name);
        for (const [lead, to] of keys) if (to === one.name) keys.delete(lead);
      }
    },
    renewed(taken: { readonly name: string; readonly version: number }, generation: number, stamp: number): void {
      const one = kept.get(taken.name);
      if (!one || one.ended || one.version !== taken.version) return;
      kept.set(one.name, { ...one, generation, sealed: "es1.renewed", version: Math.max(stamp, one.version + 1) });
    },
    generation: (of: string) => kept.get(of)?.generation ?? 0,
  };
}

it("answers as its promises do, whatever is asked in whatever order", () =>
  inTable((_table, _ran, storage) => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 40 }), (calls) => {
        for (const table of ["sessions", "keys", "endings"]) storage.sql.exec(`DROP TABLE IF EXISTS ${table}`);
        const table = sessionTable(storage.sql);
        const promised = model();
        let now = T0;
        let taken: ReturnType<SessionTable["takeDue"]> = [];
        for (const step of calls) {
          switch (step.do) {
            case "save":
              expect(table.save(step.record, now, now * 1000).state).toBe(promised.save(step.record, now * 1000));
              break;
            case "find": {
              const one = promised.find(step.key, now);
              const known = step.knows ? one?.version : undefined;
              const { version, sealed, name: of } = one ?? {};
              const found = one && {
                name: of,
                version,
                sealed: step.knows ? null : sealed,
                seenAt: expect.any(Number),
              };
              expect(table.find(step.key, known, now)).toEqual(found);
              break;
            }
            case "end": {
              const ended = table.end(step.which, now).map((one) => one.name);
              expect(ended.sort()).toEqual(promised.end(step.which, now));
              break;
            }
            case "list":
              expect(table.list(now).map((one) => one.name)).toEqual(promised.list(now));
              break;
            case "prune":
              table.prune(now);
              promised.prune(now);
              expect(table.next(false) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(now);
              break;
            case "take":
              taken = table.takeDue(now, now + 30, 2);
              expect(promised.list(now)).toEqual(expect.arrayContaining(taken.map((one) => one.name)));
              for (const again of table.takeDue(now, now + 30, 100)) {
                expect(taken.map((one) => one.name)).not.toContain(again.name);
              }
              break;
            case "renew":
              for (const one of taken) {
                const generation = promised.generation(one.name) + 1;
                table.renewed(one, { sealed: "es1.renewed", generation }, now, now * 1000);
                promised.renewed(one, generation, now * 1000);
              }
              break;
            case "wait":
              now += step.seconds;
          }
        }
        expect(table.list(now).map((one) => one.name)).toEqual(promised.list(now));
      }),
      { numRuns: 300 },
    );
  }));
