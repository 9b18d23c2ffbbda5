import { DurableObject } from "cloudflare:workers";
import type { LedgerClaim, LedgerEntry, LedgerRequest, LedgerResult, LedgerSettled } from "@edgeseal/core";
import { claimLedger, type LedgerRow, type LedgerStep, settleLedger, spendLedger } from "@edgeseal/core/adapter";
import { readLedgerRequest, readLedgerResult, readSpendExpiry } from "./ledger-request.js";
import { type LedgerTable, ledgerTable } from "./ledger-table.js";

/**
 * How long somebody waits in all: as long as a lease lives. Callers give up soon after, and a lease handed to somebody who
 * is gone would hold everybody else back.
 */
const PATIENCE_SECONDS = 10;
/** The least a row is kept: what comes after everything was deleted is there for those who ask at the same moment. */
const LATE_SECONDS = 60;

/**
 * The ledger of one session, ticket or hand-off code. It runs the state machine of core over one SQLite row: decided and
 * written in one synchronous step, answered once the runtime has confirmed the write (the output gate), deleted by one
 * alarm when the session is over for good. When storage fails the call rejects, and so do all who wait when the object is
 * evicted: the caller claims again.
 */
export class LedgerObject extends DurableObject<unknown> implements LedgerEntry {
  #table: LedgerTable;
  #row: LedgerRow | null;
  /** All requests of one object share one context: here, and only here, one request may wait for another one's promise. */
  #settled: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    this.#table = ledgerTable(ctx.storage.sql);
    this.#row = this.#table.read();
  }

  /** Somebody holds a session that is due and asks what to do. */
  async claim(input: LedgerRequest): Promise<LedgerClaim> {
    const request = readLedgerRequest(input);
    const patience = now() + PATIENCE_SECONDS;
    for (;;) {
      const wait = request.wait && now() < patience;
      const lease = crypto.randomUUID();
      const answer = await this.#step((row) => claimLedger(row, { ...request, wait }, now(), lease));
      if (answer.role !== "wait") return answer;
      await this.#settledOr(Math.min(answer.until, patience));
    }
  }

  /** The leader says how it went; a log-out says that it is over. */
  async settle(input: LedgerResult): Promise<LedgerSettled> {
    const result = readLedgerResult(input);
    const answer = await this.#step((row) => settleLedger(row, result, now()));
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
    return answer;
  }

  /** `true` exactly once, and never from `expiresAt` (epoch seconds) on. */
  async spend(input: number): Promise<boolean> {
    const expiresAt = readSpendExpiry(input);
    return this.#step((row) => spendLedger(row, expiresAt, now()));
  }

  override async alarm(): Promise<void> {
    const forgetAt = this.#row?.forgetAt ?? 0;
    if (now() < forgetAt) return this.ctx.storage.setAlarm(forgetAt * 1000);
    await this.ctx.storage.deleteAll();
    this.#table = ledgerTable(this.ctx.storage.sql);
    this.#row = null;
  }

  /**
   * The alarm comes before the row: a row without an alarm would stay for ever, an alarm without a row deletes nothing.
   * The transition is pure, so it is asked for its end first and taken when nothing can come between it and its record.
   */
  async #step<Answer>(transition: (row: LedgerRow | null) => LedgerStep<Answer>): Promise<Answer> {
    const { forgetAt } = transition(this.#row).row;
    if (this.#row === null || forgetAt > this.#row.forgetAt) {
      await this.ctx.storage.setAlarm(Math.max(forgetAt, now() + LATE_SECONDS) * 1000);
    }
    const { row, answer } = transition(this.#row);
    this.#write(row);
    return answer;
  }

  /** Memory follows storage, never the other way round; an unchanged row costs no write. */
  #write(row: LedgerRow): void {
    if (this.#row !== null && sameRow(this.#row, row)) return;
    this.#table.write(row);
    this.#row = row;
  }

  async #settledOr(until: number): Promise<void> {
    const { promise: lapsed, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(0, until * 1000 - Date.now()));
    await Promise.race([this.#settled.promise, lapsed]);
    clearTimeout(timer);
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

function sameRow(a: LedgerRow, b: LedgerRow): boolean {
  return Object.entries(a).every(([column, value]) => Reflect.get(b, column) === value);
}
