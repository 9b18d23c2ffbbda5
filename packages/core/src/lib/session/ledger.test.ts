import { describe, expect, test } from "vitest";
import type { LedgerRequest, LedgerResult } from "../base/ports.js";
import { claim, type LedgerRow, settle, spend } from "./ledger.js";

const NOW = 1_800_000_000;
const ENDS_AT = NOW + 86_400;

/** A session at generation 5: refreshed five minutes ago, its newest cookie not shown yet, nobody at it. */
const ROW: LedgerRow = {
  latest: 5,
  seen: 4,
  places: "",
  successor: "sealed-5",
  settledAt: NOW - 300,
  leaseId: null,
  leaseUntil: 0,
  notBefore: NOW - 290,
  overAt: -1,
  ended: false,
  spent: false,
  forgetAt: ENDS_AT,
};
const LED = { leaseId: "lease-before", leaseUntil: NOW + 4 } as const;
const LAPSED = { leaseId: "lease-before", leaseUntil: NOW } as const;

/** Somebody whose token is dead holds the newest session and waits. */
const REQUEST: LedgerRequest = {
  presented: 5,
  held: 5,
  tokenExpiresAt: NOW - 3_600,
  wait: true,
  endsAt: ENDS_AT,
};

function claimed(row: Partial<LedgerRow> | null, request: Partial<LedgerRequest> = {}) {
  const before = row && { ...ROW, ...row };
  const { row: after, answer } = claim(before, { ...REQUEST, ...request }, NOW, "lease-new");
  return { answer, changed: changes(before, after) };
}

function settled(row: Partial<LedgerRow> | null, result: LedgerResult) {
  const before = row && { ...ROW, ...row };
  const { row: after, answer } = settle(before, result, NOW);
  return { answer, changed: changes(before, after) };
}

/** What a step wrote; of a row that was not there, everything. */
function changes(before: LedgerRow | null, after: LedgerRow): Partial<LedgerRow> {
  const entries = Object.entries(after);
  if (before === null) return after;
  const was = new Map(Object.entries(before));
  return Object.fromEntries(entries.filter(([name, value]) => was.get(name) !== value));
}

const LEADING = { leaseId: "lease-new", leaseUntil: NOW + 10 };
const STALE = { role: "stale" };
const OVER = { role: "over" };
const ENDED = { role: "over", ended: true };
const ADOPT = { role: "adopt", successor: "sealed-5" };
const LEADER = { role: "leader", lease: "lease-new" };

describe("a claim on a session that is over", () => {
  test.each<[string, Partial<LedgerRow>, Partial<LedgerRequest>]>([
    ["the newest cookie after a log-out", { ended: true, successor: null }, {}],
    ["an older cookie after a log-out, its token still alive", { ended: true }, { held: 3, tokenExpiresAt: NOW + 90 }],
    ["a newer cookie than any known after a log-out", { ended: true, successor: null }, { held: 9 }],
    ["a switch after a log-out", { ended: true, successor: null }, { isSwitch: true }],
    ["a log-out while somebody leads", { ended: true, ...LED }, {}],
    ["the generation the provider refused", { overAt: 5 }, {}],
    ["a generation before the refused one, whose successor is kept", { overAt: 5 }, { presented: 4, held: 4 }],
    ["the refused generation in the pause and under a lease", { overAt: 5, notBefore: NOW + 9, ...LED }, {}],
  ])("is over: %s", (_, row, request) => {
    const answer = row.ended ? ENDED : OVER;
    expect(claimed({ seen: 9, ...row }, request)).toEqual({ answer, changed: {} });
  });

  test("a generation above the refused one goes on", () => {
    expect(claimed({ overAt: 4, seen: 5 })).toEqual({ answer: LEADER, changed: LEADING });
  });

  test("a claim after the end still tells what was shown and how long to remember", () => {
    const later = { endsAt: ENDS_AT + 5 };
    expect(claimed({ ended: true }, later)).toEqual({ answer: ENDED, changed: { seen: 5, forgetAt: ENDS_AT + 5 } });
  });
});

describe("a claim with an older session", () => {
  const older = { presented: 4, held: 4 };
  const shown = { seen: 5 };

  test.each<[string, Partial<LedgerRow>, Partial<LedgerRequest>, object]>([
    ["RF-05 a newer cookie was shown and its own token ended long ago", shown, older, STALE],
    ["a newer cookie was shown, although not the newest", { seen: 4 }, { presented: 3, held: 3 }, STALE],
    ["nobody showed a newer cookie: the response was lost", { seen: 4 }, older, ADOPT],
    [
      "RF-21 its own is the newest shown, two hours after the refresh",
      { seen: 4, settledAt: NOW - 7_200 },
      older,
      ADOPT,
    ],
    ["nobody showed any cookie", { seen: 0 }, older, ADOPT],
    ["its token still lives", shown, { ...older, tokenExpiresAt: NOW + 1 }, ADOPT],
    ["its token ended less than 60 s ago", shown, { ...older, tokenExpiresAt: NOW - 59 }, ADOPT],
    ["its token ended 60 s ago", shown, { ...older, tokenExpiresAt: NOW - 60 }, STALE],
    ["RF-04 less than 60 s after the refresh", { ...shown, settledAt: NOW - 59 }, older, ADOPT],
    ["60 s after the refresh", { ...shown, settledAt: NOW - 60 }, older, STALE],
    ["three generations back, at once", { ...shown, settledAt: NOW }, { presented: 2, held: 2 }, ADOPT],
    ["four generations back, at once", { ...shown, settledAt: NOW }, { presented: 1, held: 1 }, STALE],
    ["four generations back with a token that lives", shown, { presented: 1, held: 1, tokenExpiresAt: NOW + 9 }, ADOPT],
    [
      "what counts is the cookie, not what was adopted since",
      { ...shown, settledAt: NOW },
      { presented: 1, held: 4 },
      STALE,
    ],
    ["a switch adopts like anybody", { seen: 4 }, { ...older, isSwitch: true }, ADOPT],
    ["a lease and a pause hold nobody back from adopting", { seen: 4, notBefore: NOW + 9, ...LED }, older, ADOPT],
    ["a lost record has no successor to give", { seen: 4, successor: null }, older, STALE],
    ["a lost record, with a token that lives", { successor: null }, { ...older, tokenExpiresAt: NOW + 9 }, STALE],
  ])("%s", (_, row, request, answer) => {
    expect(claimed(row, request).answer).toEqual(answer);
  });

  test("showing a cookie is compared with what was shown before it, and remembered", () => {
    expect(claimed({ seen: 2 }, { presented: 3, held: 3 })).toEqual({ answer: ADOPT, changed: { seen: 3 } });
    expect(claimed({ seen: 3 }, { presented: 2, held: 2 })).toEqual({ answer: STALE, changed: {} });
  });

  test("the same older cookie is handed the successor as often as it comes", () => {
    const first = claim({ ...ROW, seen: 3 }, { ...REQUEST, ...older }, NOW, "a");
    expect(first.answer).toEqual(ADOPT);
    expect(claim(first.row, { ...REQUEST, ...older }, NOW + 7_200, "b").answer).toEqual(ADOPT);
  });
});

describe("a claim with the newest session", () => {
  const shown = { seen: 5 };

  test.each<[string, Partial<LedgerRow>, Partial<LedgerRequest>, object, Partial<LedgerRow>]>([
    ["waits for whoever leads", LED, {}, { role: "wait", until: NOW + 4 }, {}],
    ["is told busy when it does not wait", LED, { wait: false }, { role: "busy", until: NOW + 4 }, {}],
    ["a switch waits too", LED, { isSwitch: true }, { role: "wait", until: NOW + 4 }, {}],
    ["leads when nobody does", {}, {}, LEADER, LEADING],
    ["leads without waiting", {}, { wait: false }, LEADER, LEADING],
    ["leads after a lease that lapsed this second, and knows", LAPSED, {}, { ...LEADER, afterLapse: true }, LEADING],
    [
      "waits out the last second of a lease",
      { ...LAPSED, leaseUntil: NOW + 1 },
      {},
      { role: "wait", until: NOW + 1 },
      {},
    ],
    ["leads from the end of the pause on", { notBefore: NOW }, {}, LEADER, LEADING],
    ["RF-09 is held back by the pause after a refresh", paused(1), {}, { role: "busy", until: NOW + 1 }, {}],
    ["a switch ignores the pause after a refresh", paused(9), { isSwitch: true }, LEADER, LEADING],
    [
      "knows that the pause is the provider's failing",
      { notBefore: NOW + 30 },
      {},
      { role: "busy", until: NOW + 30, failing: true },
      {},
    ],
    ["a switch ignores the pause after a failure", { notBefore: NOW + 30 }, { isSwitch: true }, LEADER, LEADING],
    [
      "the lease is told before the pause",
      { ...LED, notBefore: NOW + 30 },
      { wait: false },
      { role: "busy", until: NOW + 4 },
      {},
    ],
  ])("%s", (_, row, request, answer, changed) => {
    expect(claimed({ ...shown, ...row }, request)).toEqual({ answer, changed });
  });

  test("starts the record of a session that nobody claimed before", () => {
    const { answer, changed } = claimed(null, { presented: 0, held: 0 });
    expect(answer).toEqual(LEADER);
    expect(changed).toEqual({
      latest: 0,
      seen: 0,
      places: "",
      successor: null,
      settledAt: 0,
      ...LEADING,
      notBefore: 0,
      overAt: -1,
      ended: false,
      spent: false,
      forgetAt: ENDS_AT,
    });
  });

  test("the record is kept until the latest end that was named", () => {
    expect(claimed(shown, { endsAt: ENDS_AT - 9 }).changed).toEqual(LEADING);
    expect(claimed(shown, { endsAt: ENDS_AT + 9 }).changed).toEqual({ ...LEADING, forgetAt: ENDS_AT + 9 });
  });

  function paused(seconds: number): Partial<LedgerRow> {
    return { settledAt: NOW - 10 + seconds, notBefore: NOW + seconds };
  }
});

describe("a claim with a newer session than the record knows", () => {
  test("after a lost record it leads from its own generation", () => {
    const { answer, changed } = claimed(null, { presented: 7, held: 7 });
    expect(answer).toEqual(LEADER);
    expect(changed).toMatchObject({ latest: 7, seen: 7, successor: null, ...LEADING });
  });

  test("after a settle that failed, the successor of before is dropped: it would lead backwards", () => {
    const changed = { latest: 6, seen: 6, successor: null, ...LEADING };
    expect(claimed({}, { presented: 6, held: 6 })).toEqual({ answer: LEADER, changed });
  });

  test("what was adopted elsewhere counts, what was shown does not", () => {
    const changed = { latest: 6, successor: null, ...LEADING };
    expect(claimed({}, { presented: 4, held: 6 })).toEqual({ answer: LEADER, changed });
  });

  test("a lease and a pause still hold it back", () => {
    const changed = { latest: 6, seen: 6, successor: null };
    const newer = { presented: 6, held: 6 };
    expect(claimed(LED, newer)).toEqual({ answer: { role: "wait", until: NOW + 4 }, changed });
    const answer = { role: "busy", until: NOW + 3, failing: true };
    expect(claimed({ notBefore: NOW + 3 }, newer)).toEqual({ answer, changed });
  });
});

const NEXT = { kind: "next", lease: "lease-before", held: 5, successor: "sealed-6" } as const;
const NEWER = { latest: 6, successor: "sealed-6", settledAt: NOW, notBefore: NOW + 10 };
const RELEASED = { leaseId: null, leaseUntil: 0 };
const ACCEPTED = { accepted: true };
const SUPERSEDED = { accepted: false, role: "superseded" };

describe("settling a refresh", () => {
  const refusedOver = { accepted: false, ...ENDED };

  test.each<[string, Partial<LedgerRow>, object, Partial<LedgerRow>]>([
    ["RF-26 is refused after a log-out", { ...LED, ended: true, successor: null }, refusedOver, {}],
    [
      "is refused for a generation that has a successor, which is handed out",
      { ...LED, latest: 6, successor: "sealed-6-of-another" },
      { accepted: false, role: "adopt", successor: "sealed-6-of-another" },
      {},
    ],
    ["is superseded where the newer session is not at hand", { ...LED, latest: 8, successor: null }, SUPERSEDED, {}],
    ["is accepted from the current lease", LED, ACCEPTED, { ...NEWER, ...RELEASED }],
    ["is accepted from a lapsed lease", LAPSED, ACCEPTED, { ...NEWER, ...RELEASED }],
    [
      "is accepted while somebody else leads, whose lease ends with it",
      { leaseId: "lease-foreign", leaseUntil: NOW + 9 },
      ACCEPTED,
      { ...NEWER, ...RELEASED },
    ],
    ["is accepted without any lease", {}, ACCEPTED, NEWER],
    ["is accepted over the pause of somebody's failure", { notBefore: NOW + 100 }, ACCEPTED, NEWER],
    ["is accepted above what a lost record knows", { latest: 2, successor: null }, ACCEPTED, NEWER],
    ["comes too late for the generation the provider refused", { overAt: 5 }, ACCEPTED, NEWER],
  ])("%s", (_, row, answer, changed) => {
    expect(settled(row, NEXT)).toEqual({ answer, changed });
  });

  test("a lost record is remembered again, for a day where nobody said how long", () => {
    const { answer, changed } = settled(null, NEXT);
    expect(answer).toEqual(ACCEPTED);
    expect(changed).toMatchObject({ ...NEWER, seen: 0, forgetAt: NOW + 86_400 });
  });

  test("a generation under the provider's word stays over, its successor lives", () => {
    const { row } = settle({ ...ROW, overAt: 5 }, NEXT, NOW);
    expect(claim(row, REQUEST, NOW, "a").answer).toEqual(OVER);
    expect(claim(row, { ...REQUEST, presented: 6, held: 6 }, NOW + 10, "b").answer).toEqual({
      role: "leader",
      lease: "b",
    });
  });

  test("told twice, the second hears of the first: an answer that was lost costs nothing", () => {
    const { row } = settle({ ...ROW, ...LED }, NEXT, NOW);
    const again = { accepted: false, role: "adopt", successor: "sealed-6" };
    expect(settle(row, NEXT, NOW + 1)).toEqual({ row, answer: again });
  });
});

describe("settling the provider's word and its failure", () => {
  const over = { kind: "over", lease: "lease-before", held: 5 } as const;
  const failed = { kind: "failed", lease: "lease-before", retryAfterSeconds: 30 } as const;
  const newer = { latest: 6, successor: "sealed-6" };

  test.each<[string, Partial<LedgerRow>, LedgerResult, object]>([
    ["over after a log-out", { ...LED, ended: true }, over, { accepted: false, ...ENDED }],
    ["a failure after a log-out", { ...LED, ended: true }, failed, { accepted: false, ...ENDED }],
    ["over from a lapsed lease", LAPSED, over, SUPERSEDED],
    ["a failure from a lapsed lease", LAPSED, failed, SUPERSEDED],
    ["over from a foreign lease", { ...LED, leaseId: "lease-foreign" }, over, SUPERSEDED],
    ["a failure from a foreign lease", { ...LED, leaseId: "lease-foreign" }, failed, SUPERSEDED],
    ["over without any lease", {}, over, SUPERSEDED],
    ["over where a successor came meanwhile", newer, over, { accepted: false, role: "adopt", successor: "sealed-6" }],
    ["over where a newer session is known but not at hand", { latest: 6, successor: null }, over, SUPERSEDED],
    ["a failure where a successor came meanwhile", newer, failed, SUPERSEDED],
    ["over told twice", { overAt: 5 }, over, { accepted: false, role: "over" }],
    ["over of a generation below the refused one", { overAt: 6, ...newer }, over, { accepted: false, role: "over" }],
  ])("changes nothing: %s", (_, row, result, answer) => {
    expect(settled(row, result)).toEqual({ answer, changed: {} });
  });

  test("a record that is lost takes no word from anybody", () => {
    expect(settled(null, over).answer).toEqual(SUPERSEDED);
    expect(settled(null, failed)).toMatchObject({ answer: SUPERSEDED, changed: { notBefore: 0, overAt: -1 } });
  });

  test("over from the current lease ends this generation and all before", () => {
    expect(settled(LED, over)).toEqual({ answer: ACCEPTED, changed: { overAt: 5, ...RELEASED } });
    expect(settled({ ...LED, overAt: 7 }, over)).toEqual({ answer: ACCEPTED, changed: RELEASED });
  });

  test.each([
    [30, 30],
    [0, 1],
    [-5, 1],
    [0.2, 1],
    [1.2, 2],
    [120, 120],
    [121, 120],
    [Number.POSITIVE_INFINITY, 120],
    [Number.NaN, 1],
  ])("RF-07 a failure that asks for %d s pauses for %d s", (retryAfterSeconds, pause) => {
    const result = settled(LED, { ...failed, retryAfterSeconds });
    expect(result).toEqual({ answer: ACCEPTED, changed: { notBefore: NOW + pause, ...RELEASED } });
  });

  test("after a failure nobody counts as lost: the next leader comes after no lapse", () => {
    const { row } = settle({ ...ROW, ...LED }, failed, NOW);
    expect(claim(row, REQUEST, NOW + 30, "a").answer).toEqual({ role: "leader", lease: "a" });
  });
});

describe("settling the end", () => {
  const ended = { kind: "ended", endsAt: ENDS_AT } as const;

  test("needs no lease, deletes the successor and clears whoever leads", () => {
    const changed = { ended: true, successor: null };
    expect(settled({}, ended)).toEqual({ answer: ACCEPTED, changed });
    expect(settled(LED, ended)).toEqual({ answer: ACCEPTED, changed: { ...changed, ...RELEASED } });
  });

  test("keeps the record until the absolute end, the latest one named", () => {
    expect(settled({}, { ...ended, endsAt: ENDS_AT - 9 }).changed).not.toHaveProperty("forgetAt");
    expect(settled({}, { ...ended, endsAt: ENDS_AT + 9 }).changed).toMatchObject({ forgetAt: ENDS_AT + 9 });
    expect(settled(null, ended).changed).toMatchObject({ ended: true, forgetAt: ENDS_AT });
  });

  test("may be told again", () => {
    const { row } = settle(ROW, ended, NOW);
    expect(settle(row, ended, NOW + 5)).toEqual({ row, answer: { accepted: true, again: true } });
  });
});

describe("spending", () => {
  test("is true exactly once", () => {
    const first = spend(null, NOW + 60, NOW);
    expect(first.answer).toBe(true);
    expect(first.row).toMatchObject({ spent: true, forgetAt: NOW + 60 });
    expect(spend(first.row, NOW + 60, NOW)).toEqual({ row: first.row, answer: false });
    expect(spend(first.row, NOW + 600, NOW + 59).answer).toBe(false);
  });

  test("is false from the expiry on", () => {
    expect(spend(null, NOW, NOW).answer).toBe(false);
    expect(spend(null, NOW - 1, NOW).answer).toBe(false);
    expect(spend(null, NOW + 1, NOW).answer).toBe(true);
  });
});

test("no step changes the row it was given", () => {
  const row = Object.freeze({ ...ROW, ...LED });
  claim(row, Object.freeze({ ...REQUEST, presented: 9, held: 9 }), NOW, "a");
  settle(row, Object.freeze(NEXT), NOW);
  settle(row, Object.freeze({ kind: "ended", endsAt: ENDS_AT + 1 }), NOW);
  spend(row, NOW + 60, NOW);
  expect(row).toEqual({ ...ROW, ...LED });
});

describe("one session with cookies on hosts of different sites", () => {
  const blog = { place: "blog" } as const;
  const shownThere = { places: "shop:1 blog:4", seen: 5 };

  test.each<[string, Partial<LedgerRow>, Partial<LedgerRequest>, unknown]>([
    ["a host that slept while another one renewed", { seen: 5 }, { ...blog, presented: 1, held: 1 }, ADOPT],
    ["the newest this host has shown", shownThere, { ...blog, presented: 4, held: 4 }, ADOPT],
    ["an older one than this host has shown", shownThere, { ...blog, presented: 3, held: 3 }, STALE],
    [
      "the hub, while a destination has shown newer ones",
      { seen: 1, places: "blog:5" },
      { presented: 1, held: 1 },
      ADOPT,
    ],
    ["an older one than the hub has shown", shownThere, { presented: 3, held: 3 }, STALE],
  ])("%s: judged by its own cookies alone", (_, row, request, answer) => {
    expect(claimed(row, request).answer).toEqual(answer);
  });

  test("what a host shows is remembered for it alone", () => {
    const { changed } = claimed(shownThere, { ...blog, presented: 5, held: 5 });
    expect(changed).toEqual({ ...LEADING, places: "shop:1 blog:5" });
  });

  test("the place first seen longest ago is forgotten above 100", () => {
    const places = Array.from({ length: 100 }, (_, at) => `p${at}:3`).join(" ");
    const { changed } = claimed({ places }, { ...blog, presented: 5, held: 5 });
    expect(changed.places?.split(" ")).toHaveLength(100);
    expect(changed.places).toMatch(/^p1:3 .* blog:5$/);
  });
});

describe("a claim that only looks", () => {
  test.each<[string, Partial<LedgerRow>, Partial<LedgerRequest>, unknown]>([
    ["after a log-out", { ended: true }, {}, ENDED],
    ["after the provider's no", { overAt: 5 }, {}, OVER],
    ["an older session than the newest", {}, { presented: 4, held: 4 }, ADOPT],
    ["the newest", {}, {}, { role: "busy", until: NOW }],
    ["the newest, while somebody leads", { ...LED }, {}, { role: "busy", until: NOW }],
  ])("%s: it is told, leads nothing and shows nothing", (_, row, request, answer) => {
    expect(claimed(row, { ...request, looks: true })).toEqual({ answer, changed: {} });
    expect(claimed(row, { ...request, place: "blog", looks: true })).toEqual({ answer, changed: {} });
  });
});
