import { base64url, randomBytes } from "../base/bytes.js";
import { secretWeakness } from "./secret-strength.js";

/**
 * A fresh `SESSION_KEYS` text with one active key of 256 random bits, for set-up scripts and tests.
 * Throws `AuthError` `rng_failure` where the runtime has no random bytes (on Workers: outside a request).
 */
export function generateSessionKeys(): string {
  let secret: string;
  do secret = base64url(randomBytes(32));
  while (secretWeakness(secret) !== null); // random letters can spell a placeholder word
  return JSON.stringify([{ version: 1, secret, active: true }]);
}
