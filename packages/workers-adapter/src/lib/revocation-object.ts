import { DurableObject } from "cloudflare:workers";
import type { RevocationEntry } from "@edgeseal/core";
import { callInput } from "./call-input.js";
import { type RevocationTable, revocationTable } from "./revocation-table.js";

/** Of one question: what a session can be ended by in one entry. */
const MAX_MARKS = 16;
const MAX_MARK_LENGTH = 128;
/** The least a row is kept. */
const LATE_SECONDS = 60;

const input = /* @__PURE__ */ callInput("revocation");

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
  async ended(marks: readonly string[]): Promise<Record<string, number>> {
    const found = this.#table.find(readMarks(marks), now());
    return Object.fromEntries(found.map(({ mark, since }) => [mark, since]));
  }

  async end(mark: string, since: number, forgetAt: number): Promise<void> {
    const row = {
      mark: readMark(mark),
      since: input.whole("since", since),
      forgetAt: input.whole("forgetAt", forgetAt),
    };
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

function readMarks(given: unknown): readonly string[] {
  if (Array.isArray(given) && given.length > 0 && given.length <= MAX_MARKS) return given.map(readMark);
  throw input.refusal("marks");
}

function readMark(given: unknown): string {
  return input.text("mark", given, MAX_MARK_LENGTH);
}
