import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { LedgerClaim, LedgerRequest } from "../base/ports.js";
import { createLocalLedger } from "./local-ledger.js";

const START = 1_800_000_000;
const ENDS_AT = START + 86_400;

beforeEach(() => void vi.useFakeTimers({ now: START * 1000, toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

const now = () => Math.floor(Date.now() / 1000);
const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);

function request(changes: Partial<LedgerRequest> = {}): LedgerRequest {
  return { presented: 0, held: 0, tokenExpiresAt: START - 3_600, wait: true, endsAt: ENDS_AT, ...changes };
}

function entryOf(name = "session") {
  return createLocalLedger({ now }).getByName(name);
}

/** What a claim has answered so far. */
function watch(claim: Promise<LedgerClaim>): { answer: LedgerClaim | null; after: number } {
  const seen: { answer: LedgerClaim | null; after: number } = { answer: null, after: -1 };
  const started = Date.now();
  void claim.then((answer) => Object.assign(seen, { answer, after: Date.now() - started }));
  return seen;
}

function leaseOf(answer: LedgerClaim | null): string {
  if (answer?.role !== "leader") throw new Error(`expected a leader, was told ${answer?.role}`);
  return answer.lease;
}

describe("waiting", () => {
  test("RF-13 of 100 claims at once one leads, and all others adopt what it settles", async () => {
    const ledger = createLocalLedger({ now });
    const claims = Array.from({ length: 100 }, () => watch(ledger.getByName("session").claim(request())));
    await seconds(2);
    const leaders = claims.filter(({ answer }) => answer !== null);
    expect(leaders.map(({ answer }) => answer)).toEqual([{ role: "leader", lease: expect.any(String) }]);
    const lease = leaseOf(leaders[0]?.answer ?? null);
    const settled = await ledger.getByName("session").settle({ kind: "next", lease, held: 0, successor: "sealed-1" });
    expect(settled).toEqual({ accepted: true });
    await seconds(0.2);
    const others = claims.filter((claim) => claim !== leaders[0]);
    expect(others.map(({ answer }) => answer)).toEqual(Array(99).fill({ role: "adopt", successor: "sealed-1" }));
  });

  test("looks again after 25, 50, 100 and then every 200 ms, on timers of its own", async () => {
    const entry = entryOf();
    await entry.claim(request());
    const timers = vi.spyOn(globalThis, "setTimeout");
    watch(entry.claim(request()));
    await seconds(1);
    expect(timers.mock.calls.map(([, pause]) => pause)).toEqual([25, 50, 100, 200, 200, 200, 200, 200]);
    timers.mockRestore();
  });

  test("of two who wait for a leader that died, one leads at the end of its lease and the other waits on", async () => {
    const entry = entryOf();
    await entry.claim(request());
    await seconds(4);
    const first = watch(entry.claim(request()));
    const second = watch(entry.claim(request()));
    await seconds(5.9);
    expect([first.answer, second.answer]).toEqual([null, null]);
    await seconds(0.4);
    expect([first.answer, second.answer]).toEqual([
      { role: "leader", lease: expect.any(String), afterLapse: true },
      null,
    ]);
    await entry.settle({ kind: "next", lease: leaseOf(first.answer), held: 0, successor: "sealed-1" });
    await seconds(0.2);
    expect(second.answer).toEqual({ role: "adopt", successor: "sealed-1" });
  });

  test("nobody waits longer than 10 s in all, whoever leads by then", async () => {
    const entry = entryOf();
    await entry.claim(request());
    await seconds(5);
    const [first, second] = [watch(entry.claim(request())), watch(entry.claim(request()))];
    await seconds(20);
    expect(first.answer).toMatchObject({ role: "leader", afterLapse: true });
    expect(second).toEqual({ answer: { role: "busy", until: START + 20 }, after: 10_000 });
  });

  test("one who waited since the lease began leads with its very end", async () => {
    const entry = entryOf();
    await entry.claim(request());
    const waiting = watch(entry.claim(request()));
    await seconds(10);
    expect(waiting).toMatchObject({ answer: { role: "leader", afterLapse: true }, after: 10_000 });
  });

  test("who does not wait is told at once", async () => {
    const entry = entryOf();
    await entry.claim(request());
    expect(await entry.claim(request({ wait: false }))).toEqual({ role: "busy", until: START + 10 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a log-out ends the waiting", async () => {
    const entry = entryOf();
    const lease = leaseOf(await entry.claim(request()));
    const waiting = watch(entry.claim(request()));
    expect(await entry.settle({ kind: "ended", endsAt: ENDS_AT })).toEqual({ accepted: true });
    await seconds(0.025);
    expect(waiting.answer).toEqual({ role: "over", ended: true });
    const late = await entry.settle({ kind: "next", lease, held: 0, successor: "sealed-1" });
    expect(late).toEqual({ accepted: false, role: "over", ended: true });
  });
});

describe("the map", () => {
  test("sessions do not know of each other", async () => {
    const ledger = createLocalLedger({ now });
    expect(await ledger.getByName("a").claim(request())).toMatchObject({ role: "leader" });
    expect(await ledger.getByName("b").claim(request())).toMatchObject({ role: "leader" });
  });

  test("a record is forgotten when its session has ended, not a second sooner", async () => {
    const entry = entryOf();
    await entry.settle({ kind: "ended", endsAt: START + 100 });
    await seconds(99);
    expect(await entry.claim(request({ endsAt: START + 100 }))).toEqual({ role: "over", ended: true });
    await seconds(1);
    expect(await entry.claim(request({ endsAt: START + 200 }))).toMatchObject({ role: "leader" });
  });

  test("above 5,000 records the one that was not written for longest is forgotten, and only that", async () => {
    const ledger = createLocalLedger({ now });
    const end = (name: string) => ledger.getByName(name).settle({ kind: "ended", endsAt: ENDS_AT });
    for (let count = 0; count < 5_000; count++) await end(`session-${count}`);
    await end("session-0");
    await end("one more");
    const ask = (name: string) => ledger.getByName(name).claim(request({ wait: false }));
    expect(await ask("session-0")).toEqual({ role: "over", ended: true });
    expect(await ask("session-2")).toEqual({ role: "over", ended: true });
    expect(await ask("one more")).toEqual({ role: "over", ended: true });
    expect(await ask("session-1")).toMatchObject({ role: "leader" });
  });

  test("a refresh whose record was forgotten meanwhile is handed out all the same", async () => {
    const entry = entryOf();
    expect(await entry.settle({ kind: "next", lease: "forgotten", held: 4, successor: "sealed-5" })).toEqual({
      accepted: true,
    });
    await seconds(3_600);
    const answer = await entry.claim(request({ presented: 4, held: 4 }));
    expect(answer).toEqual({ role: "adopt", successor: "sealed-5" });
  });
});

test("a ticket is spent once, also by two at once, and never from its expiry on", async () => {
  const ledger = createLocalLedger({ now });
  const spend = (name: string) => ledger.getByName(name).spend(START + 60);
  expect(await Promise.all([spend("ticket"), spend("ticket")])).toEqual([true, false]);
  await seconds(59);
  expect(await spend("ticket")).toBe(false);
  expect(await spend("other")).toBe(true);
  await seconds(1);
  expect([await spend("ticket"), await spend("third")]).toEqual([false, false]);
});
