import type { AuthOptions } from "./options.js";

const NO_LEDGER =
  "No ledger: refreshes are single-flight within one isolate only. Strict rotation of refresh tokens needs the namespace of `LedgerObject`.";
const NO_KEY_CACHE =
  "No key cache: every new isolate fetches the provider's keys, and one that starts while the provider is down has none.";
const NO_AUDIT = "No audit sink: sign-ins, refusals and failures are told nowhere.";
const LEGACY_ENDED = "Older layouts are no longer read: the date of `legacy` has come. Remove the option.";

/** What is off because a part was not passed, or has ended by `now`, in a sentence each. */
export function missingParts(
  options: Pick<AuthOptions, "ledger" | "keyCache" | "audit" | "legacy">,
  now: number,
): readonly string[] {
  const { legacy } = options;
  return [
    ...(options.ledger ? [] : [NO_LEDGER]),
    ...(options.keyCache ? [] : [NO_KEY_CACHE]),
    ...([options.audit ?? []].flat().length > 0 ? [] : [NO_AUDIT]),
    ...(legacy && legacy.until <= now ? [LEGACY_ENDED] : []),
  ];
}

/** Of this isolate, like the ledger that is then its own: an auth per request must not mean a line per request. */
let warned = false;

/** Says once that nobody is logged out for sure only with a ledger. On the console: who has no ledger has no sink. */
export function warnWithoutLedger(): void {
  if (warned) return;
  warned = true;
  // biome-ignore lint/suspicious/noConsole: it goes to whoever deploys
  console.warn(`edgeseal: ${NO_LEDGER}`);
}
