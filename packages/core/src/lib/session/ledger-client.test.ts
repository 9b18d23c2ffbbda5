import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Ledger, LedgerClaim, LedgerRequest, LedgerResult, LedgerSettled } from "../base/ports.js";
import { claimPatiently, SILENT, settleFirmly } from "./ledger-client.js";

const START = 1_800_000_000_000;

beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

const WAITING: LedgerRequest = {
  presented: 3,
  held: 3,
  tokenExpiresAt: 1_799_999_000,
  wait: true,
  endsAt: 1_800_086_400,
};
const ASKING: LedgerRequest = { ...WAITING, wait: false };
const NEXT: LedgerResult = { kind: "next", lease: "lease-1", held: 3, successor: "sealed-4" };
const ADOPT: LedgerClaim = { role: "adopt", successor: "sealed-4" };
const ACCEPTED: LedgerSettled = { accepted: true };

type Behaviour<Answer> = () => Promise<Answer>;

const broken = async (): Promise<never> => {
  throw new Error("Durable Object reset because its code was updated.");
};
const silent = (): Promise<never> => new Promise(() => {});
const says =
  <Answer>(answer: Answer, afterMilliseconds = 0): Behaviour<Answer> =>
  async () => {
    if (afterMilliseconds > 0) await new Promise((resolve) => setTimeout(resolve, afterMilliseconds));
    return answer;
  };
const failsLate: Behaviour<never> = async () => {
  await new Promise((resolve) => setTimeout(resolve, 13_000));
  throw new Error("too late to matter");
};

/** A stub that behaves as told, call after call, and notes when and with what it was called. */
function stubOf<Answer>(...behaviours: Behaviour<Answer>[]): Ledger & { readonly calls: unknown[][] } {
  const calls: unknown[][] = [];
  async function answer(name: string, asked: unknown): Promise<never> {
    const behave = behaviours[calls.length];
    calls.push([Date.now() - START, name, asked]);
    if (behave === undefined) throw new Error("called too often");
    return (await behave()) as never; // each test gives the answers of the one method it calls
  }
  return {
    calls,
    getByName: (name) => ({
      claim: (request) => answer(name, request),
      settle: (result) => answer(name, result),
      spend: async () => false,
    }),
  };
}

/** Runs all timers; the result and how long it took. */
async function ran<Result>(work: Promise<Result>): Promise<{ result: Result; after: number }> {
  let after = -1;
  const timed = work.then((result) => {
    after = Date.now() - START;
    return result;
  });
  await vi.runAllTimersAsync();
  return { result: await timed, after };
}

/** The pause before another try comes from 16 random bytes, of which the first decides. */
function chance(byte: number): void {
  vi.spyOn(crypto, "getRandomValues").mockImplementation((bytes) => {
    if (bytes instanceof Uint8Array) bytes.set([byte, 7]);
    return bytes;
  });
}
afterEach(() => void vi.restoreAllMocks());

describe("claiming", () => {
  test("whoever only looks, on the way of a page that was opened, waits a second and a second", async () => {
    chance(0);
    const ledger = stubOf(silent, silent);
    const { result, after } = await ran(claimPatiently(ledger, "name", { ...ASKING, looks: true }));
    expect([result, after]).toEqual([SILENT, 2_050]);
  });

  test("RF-27 a broken stub is asked once more, for the same, after 50 ms at least", async () => {
    chance(0);
    const ledger = stubOf(broken, says(ADOPT));
    expect(await ran(claimPatiently(ledger, "name", WAITING))).toEqual({ result: ADOPT, after: 50 });
    expect(ledger.calls).toEqual([
      [0, "name", WAITING],
      [50, "name", WAITING],
    ]);
  });

  test("after 250 ms at most", async () => {
    chance(255);
    expect(await ran(claimPatiently(stubOf(broken, says(ADOPT)), "name", WAITING))).toEqual({
      result: ADOPT,
      after: 250,
    });
  });

  test("ST-04 one that stays broken is silent after two calls", async () => {
    chance(0);
    const ledger = stubOf(broken, broken, says(ADOPT));
    expect(await ran(claimPatiently(ledger, "name", ASKING))).toEqual({ result: SILENT, after: 50 });
    expect(ledger.calls).toHaveLength(2);
  });

  test("a namespace that throws at once counts as broken", async () => {
    const getByName = vi.fn(() => {
      throw new Error("the binding is gone");
    });
    const { result } = await ran(claimPatiently({ getByName }, "name", ASKING));
    expect(result).toBe(SILENT);
    expect(getByName).toHaveBeenCalledTimes(2);
  });

  test.each([
    ["who does not wait gives up after 3 s, twice", ASKING, 3_000, 6_050],
    ["who waits gives it 12 s, twice", WAITING, 12_000, 24_050],
  ])("a stub that never answers: %s", async (_, request, deadline, after) => {
    chance(0);
    const ledger = stubOf(silent, silent);
    expect(await ran(claimPatiently(ledger, "name", request))).toEqual({ result: SILENT, after });
    expect(ledger.calls.map(([at]) => at)).toEqual([0, deadline + 50]);
  });

  test("an answer in the last moment of the deadline is taken", async () => {
    const ledger = stubOf(says(ADOPT, 11_999));
    expect(await ran(claimPatiently(ledger, "name", WAITING))).toEqual({ result: ADOPT, after: 11_999 });
    expect(ledger.calls).toHaveLength(1);
  });

  test("an abandoned call may fail later, and nobody hears of it", async () => {
    chance(0);
    const ledger = stubOf<LedgerClaim>(failsLate, says(ADOPT));
    expect(await ran(claimPatiently(ledger, "name", WAITING))).toEqual({ result: ADOPT, after: 12_050 });
  });

  test("an answer is an answer: no refusal is asked about again", async () => {
    for (const answer of [{ role: "stale" }, { role: "over" }, { role: "busy", until: 5 }] as const) {
      const ledger = stubOf(says(answer));
      expect((await ran(claimPatiently(ledger, "name", WAITING))).result).toBe(answer);
      expect(ledger.calls).toHaveLength(1);
    }
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("settling", () => {
  test("is tried three times, with pauses between", async () => {
    chance(0);
    const ledger = stubOf(broken, broken, says(ACCEPTED));
    expect(await ran(settleFirmly(ledger, "name", NEXT))).toEqual({ result: ACCEPTED, after: 100 });
    expect(ledger.calls).toEqual([
      [0, "name", NEXT],
      [50, "name", NEXT],
      [100, "name", NEXT],
    ]);
  });

  test("is silent after the third failure, without another pause", async () => {
    chance(255);
    const ledger = stubOf(broken, broken, broken, says(ACCEPTED));
    expect(await ran(settleFirmly(ledger, "name", NEXT))).toEqual({ result: SILENT, after: 500 });
    expect(ledger.calls).toHaveLength(3);
  });

  test("gives each try 3 s", async () => {
    chance(0);
    const ledger = stubOf(silent, silent, silent);
    expect(await ran(settleFirmly(ledger, "name", NEXT))).toEqual({ result: SILENT, after: 9_100 });
    expect(ledger.calls.map(([at]) => at)).toEqual([0, 3_050, 6_100]);
  });

  test("a refusal is an answer", async () => {
    const refusal: LedgerSettled = { accepted: false, role: "over" };
    const ledger = stubOf(says(refusal));
    expect(await ran(settleFirmly(ledger, "name", NEXT))).toEqual({ result: refusal, after: 0 });
    expect(ledger.calls).toHaveLength(1);
  });

  test("passes a log-out on as it is", async () => {
    const ended: LedgerResult = { kind: "ended", endsAt: 1_800_086_400 };
    const ledger = stubOf(says(ACCEPTED));
    await ran(settleFirmly(ledger, "name", ended));
    expect(ledger.calls).toEqual([[0, "name", ended]]);
  });
});
