import type { ClockOption, KeyValueStore } from "../base/ports.js";
import { isCanonicalOrigin } from "./origin-form.js";
import { createOriginMemory } from "./origin-memory.js";
import { previewExpiry, previewKey } from "./origin-record.js";

/** Many more than there are previews, no flood. */
const LIMITS = { maxAnswers: 500, maxReads: 100, deadlineMilliseconds: 250 };

/** Asks the registry of preview origins. Never throws: a store that fails, hangs or holds something else allows nothing. */
export function createOriginRegistry(
  store: Pick<KeyValueStore, "get">,
  clock: ClockOption,
): (origin: string) => boolean | Promise<boolean> {
  const lookUp = async (origin: string) => previewExpiry(await store.get(await previewKey(origin)), origin);
  const answerFor = createOriginMemory(lookUp, LIMITS, clock);

  return (origin) => {
    if (!isCanonicalOrigin(origin)) return false;
    const answer = answerFor(origin);
    return answer instanceof Promise ? answer.then((allows) => allows === true) : answer === true;
  };
}
