import { randomBytes } from "../base/bytes.js";
import { pause, TIMED_OUT, withDeadline } from "../base/deadline.js";
import type { Ledger, LedgerClaim, LedgerRequest, LedgerResult, LedgerSettled } from "../base/ports.js";

/** A claim that waits for somebody's lease takes up to ten seconds by design. */
const WAITING_MILLISECONDS = 12_000;
const ANSWER_MILLISECONDS = 3_000;
const SETTLE_TRIES = 3;
/** Somebody waits for it in the middle of a sign-in, or of a public page that asks who is there. */
const SIGN_IN_MILLISECONDS = 1_000;

/** The ledger did not answer, whatever it is that failed: an object that was moved, storage, the network, or time. */
export const SILENT: unique symbol = Symbol("the ledger is silent");

/** Claims; a broken stub (object evicted, code updated) is asked once more after 50 to 250 ms. */
export async function claimPatiently(
  ledger: Ledger,
  name: string,
  request: LedgerRequest,
): Promise<LedgerClaim | typeof SILENT> {
  const deadline = deadlineOf(request);
  const first = await attempt(() => ledger.getByName(name).claim(request), deadline);
  if (first !== SILENT) return first;
  await pause(jitter());
  return attempt(() => ledger.getByName(name).claim(request), deadline);
}

function deadlineOf({ wait, looks }: LedgerRequest): number {
  if (looks) return SIGN_IN_MILLISECONDS;
  return wait ? WAITING_MILLISECONDS : ANSWER_MILLISECONDS;
}

/** Settles, with two more tries: what is at stake are the only good tokens of a session. */
export async function settleFirmly(
  ledger: Ledger,
  name: string,
  result: LedgerResult,
): Promise<LedgerSettled | typeof SILENT> {
  for (let tries = 1; ; tries++) {
    const settled = await attempt(() => ledger.getByName(name).settle(result), ANSWER_MILLISECONDS);
    if (settled !== SILENT || tries === SETTLE_TRIES) return settled;
    await pause(jitter());
  }
}

/** Spends a name; `SILENT` when nobody can say whether it was spent before. */
export function spendOnce(ledger: Ledger, name: string, expiresAt: number): Promise<boolean | typeof SILENT> {
  return attempt(() => ledger.getByName(name).spend(expiresAt), SIGN_IN_MILLISECONDS);
}

async function attempt<Answer>(call: () => Promise<Answer>, milliseconds: number): Promise<Answer | typeof SILENT> {
  try {
    const answer = await withDeadline(call(), milliseconds);
    return answer === TIMED_OUT ? SILENT : answer;
  } catch {
    return SILENT; // any rejection of a stub: disconnected, overloaded, storage failed; each means "ask again or give up"
  }
}

function jitter(): number {
  return 50 + ((randomBytes(16)[0] ?? 0) / 255) * 200;
}
