import { DurableObject } from "cloudflare:workers";
import type { RevocationEntry } from "@edgeseal/core";
import { type RevocationTable, revocationTable } from "./revocation-table.js";

/** Of one question: what a session can be ended by in one entry. */
const MAX_MARKS = 16;
const MAX_MARK_LENGTH = 128;
/** The least a row is kept. */
const LATE_SECONDS = 60;
/** Times are u32 in every seal: nothing honest is later. */
const MAX_TIME = 0xffff_ffff;

/**
 * What was ended of one person, organisation or session of the provider, for `createRevocation`. An ending is answered once the
 * runtime has confirmed its write (the output gate), and every question after that answer sees it, from wherever it comes. One
 * alarm forgets what no session can outlive; an object that was only ever asked stores nothing. When storage fails the call
 * rejects.
 */
export class RevocationObject extends DurableObject<unknown> implements RevocationEntry {
  #table: RevocationTable;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    this.#table = revocationTable(ctx.storage.sql);
  }

  /** Of these marks those that were ended, each with the moment up to which. */
  async ended(input: readonly string[]): Promise<Record<string, number>> {
    const found = this.#table.find(readMarks(input), now());
    return Object.fromEntries(found.map(({ mark, since }) => [mark, since]));
  }

  async end(mark: string, since: number, forgetAt: number): Promise<void> {
    const row = { mark: readMark(mark), since: readTime("since", since), forgetAt: readTime("forgetAt", forgetAt) };
    // The alarm comes before the row: a row without an alarm would stay for ever, an alarm without a row deletes nothing.
    const due = Math.max(row.forgetAt, now() + LATE_SECONDS) * 1000;
    const planned = await this.ctx.storage.getAlarm();
    if (planned === null || planned > due) await this.ctx.storage.setAlarm(due);
    this.#table.write(row);
  }

  override async alarm(): Promise<void> {
    const next = this.#table.prune(now());
    if (next !== null) return this.ctx.storage.setAlarm(next * 1000);
    await this.ctx.storage.deleteAll();
    this.#table = revocationTable(this.ctx.storage.sql);
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** Whoever holds the binding can call the object, from any version of any Worker: what arrives is checked once. */
function readMarks(input: unknown): readonly string[] {
  if (Array.isArray(input) && input.length > 0 && input.length <= MAX_MARKS) return input.map(readMark);
  throw refusal("marks");
}

function readMark(input: unknown): string {
  if (typeof input === "string" && input.length > 0 && input.length <= MAX_MARK_LENGTH) return input;
  throw refusal("mark");
}

function readTime(name: string, input: unknown): number {
  if (typeof input === "number" && Number.isInteger(input) && input >= 0 && input <= MAX_TIME) return input;
  throw refusal(name);
}

function refusal(name: string): TypeError {
  return new TypeError(`edgeseal revocation: \`${name}\` is missing or out of range.`);
}
