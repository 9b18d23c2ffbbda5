import { DurableObject } from "cloudflare:workers";
import type {
  CopiedRecord,
  EndedRecord,
  EndedWhich,
  ListedRecord,
  LoadedRecord,
  SavedRecord,
  SessionRecord,
  SessionShelf,
} from "@edgeseal/core/adapter";
import { readCopied, readKey, readKnown, readRecord, readWhich } from "./session-object-input.js";
import type { Renewal } from "./session-object-renewal.js";
import { type SessionTable, sessionTable } from "./session-table.js";
import type { TakenSession } from "./session-table-renewals.js";

/** When a session was last asked for is written this rarely. */
const SEEN_SECONDS = 300;
/** Renewals at once; whatever else is due has an alarm of its own right after. */
const RENEWALS = 6;
/** Longer than a renewal may take: until then nobody begins it again, even if this object is evicted meanwhile. */
const HELD_SECONDS = 30;

/**
 * The sessions of one person. What is decided is written in the same synchronous step, in one transaction with the alarm that
 * looks after it, and answered once the runtime has confirmed the write (the output gate): whoever asks after an ending was
 * answered is told of it, from wherever they come. The one alarm renews what is soon due and in use, and deletes what is over;
 * requests are answered meanwhile. An object that was only ever asked stores nothing. When storage fails the call rejects.
 */
export class StoredSessions extends DurableObject<unknown> implements SessionShelf {
  #table: SessionTable;
  readonly #renewal: Renewal;

  constructor(ctx: DurableObjectState, env: unknown, renewal: Renewal) {
    super(ctx, env);
    this.#table = sessionTable(ctx.storage.sql);
    this.#renewal = renewal;
  }

  async load(key: string, known?: number, copy?: CopiedRecord): Promise<LoadedRecord | null> {
    const [wanted, version, told] = [readKey(key), readKnown(known), readCopied(copy)];
    const found = this.#table.find(wanted, version, now());
    if (!found) return told && this.#table.hasEnded(told) ? { state: "ended" } : null;
    if (now() - found.seenAt >= SEEN_SECONDS) {
      // Who is seen again may be renewed for again.
      await this.#step(() => this.#table.touch(found.name, now()));
    }
    if (found.sealed === null) return { state: "same" };
    return { state: "found", version: found.version, name: found.name, sealed: found.sealed };
  }

  async save(input: SessionRecord): Promise<SavedRecord> {
    const record = readRecord(input);
    return this.#step(() => this.#table.save(record, now(), Date.now()));
  }

  async end(which: EndedWhich): Promise<readonly EndedRecord[]> {
    const wanted = readWhich(which);
    return this.#step(() => this.#table.end(wanted, now()));
  }

  async list(): Promise<readonly ListedRecord[]> {
    return this.#table.list(now());
  }

  override async alarm(): Promise<void> {
    this.#write(() => this.#table.prune(now()));
    if (this.#table.isEmpty()) {
      await this.ctx.storage.deleteAll();
      this.#table = sessionTable(this.ctx.storage.sql);
      return;
    }
    const held = now() + HELD_SECONDS;
    const taken = this.#renewal.isOn() ? this.#write(() => this.#table.takeDue(now(), held, RENEWALS)) : [];
    // Planned before anybody is asked: whatever becomes of this run, the next one comes.
    await this.#plan();
    await Promise.all(taken.map((session) => this.#renew(session)));
    await this.#plan();
  }

  /** What a request has saved meanwhile is the later word: the result is in the ledger, where the next renewal finds it. */
  async #renew(taken: TakenSession): Promise<void> {
    const outcome = await this.#renewal.renew(taken, this.env, this.ctx);
    this.#write(() => {
      if (outcome.kind === "renewed") this.#table.renewed(taken, outcome.record, now(), Date.now());
      else if (outcome.kind === "later") this.#table.later(taken, outcome.at);
      else if (this.#table.isStill(taken)) this.#table.end({ kind: "name", name: taken.name }, now());
    });
  }

  /** Nothing awaits between the rows and the alarm: the runtime commits both or neither. */
  async #step<Answer>(change: () => Answer): Promise<Answer> {
    const before = this.#next();
    const answer = this.#write(change);
    const next = this.#next();
    // One that is overdue was given up by the platform, which tries an alarm that fails a few times only.
    if (next !== null && (next !== before || next <= now())) await this.ctx.storage.setAlarm(next * 1000);
    return answer;
  }

  /** All of it or nothing. Memory follows storage: whether there are tables is looked up again. */
  #write<Answer>(change: () => Answer): Answer {
    try {
      return this.ctx.storage.transactionSync(change);
    } catch (error) {
      this.#table = sessionTable(this.ctx.storage.sql);
      throw error; // whatever storage throws: it is full, it is gone
    }
  }

  async #plan(): Promise<void> {
    const next = this.#next();
    if (next !== null) await this.ctx.storage.setAlarm(next * 1000);
  }

  #next(): number | null {
    return this.#table.next(this.#renewal.isOn());
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
