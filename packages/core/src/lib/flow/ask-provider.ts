import { TIMED_OUT, withDeadline } from "../base/deadline.js";
import { isAuthError } from "../base/errors.js";
import type { ProviderAnswer } from "../provider/provider.js";

/** A little longer than the 8 s a provider of ours gives itself. */
const DEADLINE_MILLISECONDS = 10_000;

/** The port promises an answer in time; one that somebody else wrote may throw or hang, and both are an outage. */
export async function askProvider(ask: () => Promise<ProviderAnswer>): Promise<ProviderAnswer> {
  const answer = await settled(ask);
  return answer ?? { ok: false, final: false };
}

/** What was asked for; `null` for an outage. */
export async function settled<Result>(ask: () => Promise<Result>): Promise<Result | null> {
  const outcome = await outcomeOf(ask);
  return outcome.ok ? outcome.answer : null;
}

/** `words`: our own for an outage, where there are any. They name what to mend, and no secret. */
export type Outcome<Result> =
  | { readonly ok: true; readonly answer: Result }
  | { readonly ok: false; readonly words?: string };

/** What was asked for, or an outage, in whatever form the provider's code throws it. */
export async function outcomeOf<Result>(ask: () => Promise<Result>): Promise<Outcome<Result>> {
  try {
    const answer = await withDeadline(ask(), DEADLINE_MILLISECONDS);
    return answer === TIMED_OUT ? { ok: false } : { ok: true, answer };
  } catch (error) {
    // fetch, DNS, TLS or the provider's own code
    return { ok: false, ...(isAuthError(error) && { words: error.message }) };
  }
}
