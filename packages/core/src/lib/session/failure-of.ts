import { isAuthError } from "../base/errors.js";
import type { UnavailableReason } from "../base/failure.js";
import type { AuditFact, Background, Emit } from "../base/ports.js";

/** The reason behind an error of ours that a request must survive; `null` for everything that is a bug or a misuse. */
export function failureOf(error: unknown): UnavailableReason | null {
  if (isAuthError(error, "crypto_failure") || isAuthError(error, "rng_failure")) return "crypto_failure";
  if (isAuthError(error, "keys_unreachable")) return "keys_unreachable";
  return isAuthError(error, "store_unreachable") ? "store_unreachable" : null;
}

/** Tells of an outage that stops nobody. Throws whatever is none. */
export function tellFailure(
  emit: Emit,
  error: unknown,
  about: Pick<AuditFact, "reason" | "sessionId">,
  { request, background }: { readonly request?: Request; readonly background: Background | undefined },
): void {
  const type = failureOf(error);
  if (type === null) throw error;
  emit({ type, ...about }, background, request);
}
