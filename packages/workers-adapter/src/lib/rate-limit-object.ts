import { DurableObject } from "cloudflare:workers";
import { type RateLimitRow, type RateLimitTable, rateLimitTable } from "./rate-limit-object-table.js";
import {
  type RateLimitAnswer,
  type RateLimitCall,
  type RateLimitWindow,
  stepWindow,
  windowProblems,
} from "./rate-limit-window.js";

/**
 * Counts the calls of one key over a sliding window. A call is decided and written in one synchronous step, so of any number
 * at once exactly the limit passes, and answered once the runtime has confirmed the write (the output gate), so nothing is
 * forgotten with an eviction. Refused calls write nothing. One alarm deletes everything when the last call has lapsed. When
 * storage fails the call rejects and counts for nothing.
 */
export class RateLimitObject extends DurableObject<unknown> {
  #table: RateLimitTable;
  #row: RateLimitRow | null;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    this.#table = rateLimitTable(ctx.storage.sql);
    this.#row = this.#table.read();
  }

  /** `success` for the calls that are within the limit. Rejects with `TypeError` for a window that is none. */
  async limit(call: RateLimitCall): Promise<RateLimitAnswer> {
    const window = readWindow(call);
    const period = window.periodSeconds * 1000;
    // The alarm comes before the row: a row without an alarm would stay for ever, an alarm without a row deletes nothing.
    if (this.#row === null || Date.now() >= this.#row.forgetAt) {
      await this.ctx.storage.setAlarm(Date.now() + period);
    }
    const now = Date.now();
    const { times, success, retryAfterSeconds } = stepWindow(this.#row?.times ?? [], window, now);
    if (success) this.#write({ times, forgetAt: Math.max(now + period, this.#row?.forgetAt ?? 0) });
    return { success, retryAfterSeconds };
  }

  override async alarm(): Promise<void> {
    const forgetAt = this.#row?.forgetAt ?? 0;
    if (Date.now() < forgetAt) return this.ctx.storage.setAlarm(forgetAt);
    this.#row = null;
    await this.ctx.storage.deleteAll();
    this.#table = rateLimitTable(this.ctx.storage.sql);
  }

  /** Memory follows storage, never the other way round. */
  #write(row: RateLimitRow): void {
    this.#table.write(row);
    this.#row = row;
  }
}

/** Whoever holds the binding can call the object, from any version of any Worker. */
function readWindow({ limit, periodSeconds }: RateLimitWindow): RateLimitWindow {
  const problems = windowProblems({ limit, periodSeconds });
  if (problems.length > 0) throw new TypeError(`edgeseal rate limit: ${problems.join(" ")}`);
  return { limit, periodSeconds };
}
