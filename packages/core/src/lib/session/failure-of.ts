import { isAuthError } from "../base/errors.js";
import type { UnavailableReason } from "../base/failure.js";

/** The reason behind an error of ours that a request must survive; `null` for everything that is a bug or a misuse. */
export function failureOf(error: unknown): UnavailableReason | null {
  if (isAuthError(error, "crypto_failure") || isAuthError(error, "rng_failure")) return "crypto_failure";
  if (isAuthError(error, "keys_unreachable")) return "keys_unreachable";
  return isAuthError(error, "store_unreachable") ? "store_unreachable" : null;
}
