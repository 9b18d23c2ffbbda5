import type { Background, Emit } from "../base/ports.js";
import type { KeySet } from "./key-set.js";

/** One event per key that came, went, or cannot be used; none for what was the same before. */
export function emitKeyChanges(
  emit: Emit,
  before: KeySet | undefined,
  after: KeySet,
  background: Background | undefined,
): void {
  const rejectedBefore = new Set(before?.rejected.map((key) => `${key.reason}:${printable(key.kid)}`));
  for (const { kid, reason } of after.rejected) {
    const text = `${reason}:${printable(kid)}`;
    if (!rejectedBefore.has(text)) emit({ type: "jwks_key_rejected", reason: text }, background);
  }
  if (before === undefined) return;
  const kidsBefore = kidsOf(before);
  const kidsAfter = kidsOf(after);
  for (const kid of kidsAfter) {
    if (!kidsBefore.has(kid)) emit({ type: "jwks_keys_changed", reason: `added:${kid}` }, background);
  }
  for (const kid of kidsBefore) {
    if (!kidsAfter.has(kid)) emit({ type: "jwks_keys_changed", reason: `removed:${kid}` }, background);
  }
}

function kidsOf(set: KeySet): Set<string> {
  return new Set(set.keys.map((key) => printable(key.kid)));
}

/** A key's name is text of the provider's: what could forge a log line, or fill a log, stays out. */
function printable(kid: string | undefined): string {
  return (kid ?? "").replace(/[^\w.:=/+-]/g, "?").slice(0, 64);
}
