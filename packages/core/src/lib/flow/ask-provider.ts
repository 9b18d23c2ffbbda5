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

/**
 * What was asked for; `null` for an outage, in whatever form the provider's code throws it. `tell` gets our own words for
 * it, where there are any: they name what to mend, and no secret.
 */
export async function settled<Result>(
  ask: () => Promise<Result>,
  tell?: (words: string) => void,
): Promise<Result | null> {
  try {
    const answer = await withDeadline(ask(), DEADLINE_MILLISECONDS);
    return answer === TIMED_OUT ? null : answer;
  } catch (error) {
    // fetch, DNS, TLS or the provider's own code
    if (isAuthError(error)) tell?.(error.message);
    return null;
  }
}
