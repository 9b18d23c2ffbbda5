import { expect, it } from "vitest";
import type { LedgerRequest } from "../base/ports.js";
import { createFakeClock } from "./fake-clock.js";
import { createMemoryLedger } from "./memory-ledger.js";

it("a clock in milliseconds is refused before it makes every lease lapse", async () => {
  const entry = createMemoryLedger({ now: Date.now }).getByName("session");
  await expect(entry.spend(1_900_000_000)).rejects.toThrow(/epoch seconds/);
});

it("follows the clock it is given: a lease lapses after ten seconds, and the one before is told of", async () => {
  const clock = createFakeClock();
  const entry = createMemoryLedger(clock).getByName("session");
  const [now, endsAt] = [clock.now(), clock.now() + 3600];
  const request: LedgerRequest = { presented: 0, held: 0, tokenExpiresAt: now, wait: false, endsAt };
  expect(await entry.claim(request)).toMatchObject({ role: "leader" });
  expect(await entry.claim(request)).toEqual({ role: "busy", until: now + 10 });
  clock.advance(10);
  expect(await entry.claim(request)).toMatchObject({ role: "leader", afterLapse: true });
});

it("spends a name once, for everybody it is shared with", async () => {
  const ledger = createMemoryLedger();
  const end = Math.floor(Date.now() / 1000) + 60;
  expect(await ledger.getByName("ticket").spend(end)).toBe(true);
  expect(await ledger.getByName("ticket").spend(end)).toBe(false);
  expect(await ledger.getByName("another").spend(end)).toBe(true);
});
