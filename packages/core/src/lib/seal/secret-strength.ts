/** Makes one good secret on any machine that has Node. Named in every message about a bad one. */
export const SECRET_COMMAND = "node -e \"console.log(require('node:crypto').randomBytes(32).toString('base64url'))\"";

const MIN_LENGTH = 32;
const MAX_LENGTH = 512;
const MIN_DISTINCT = 10;
const MAX_PERIOD = 16;

/**
 * Letters and digits of texts people paste without thinking. Each is long enough that 256 random bits in base64url
 * hold it less than once in a hundred million.
 */
const PLACEHOLDERS = [
  "changeme",
  "changethis",
  "placeholder",
  "replaceme",
  "replacethis",
  "secrethere",
  "yoursecret",
  "mysecret",
  "newsecret",
  "oldsecret",
  "supersecret",
  "sessionsecret",
  "secretkey",
  "password",
  "passphrase",
  "example",
  "abcdefgh",
  "0123456789",
  "1234567890",
] as const;

/** Why a text may not be a secret, in words that hold nothing of it; `null` when it may. */
export function secretWeakness(secret: string): string | null {
  if (secret.length < MIN_LENGTH) return `is shorter than ${MIN_LENGTH} characters`;
  if (secret.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  if (!/^[\x21-\x7e]*$/.test(secret)) return "has characters other than printable ASCII without space";
  if (new Set(secret).size < MIN_DISTINCT) return `has fewer than ${MIN_DISTINCT} different characters`;
  if (isPeriodic(secret)) return "repeats itself";
  const plain = secret.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  if (PLACEHOLDERS.some((word) => plain.includes(word))) return "contains a placeholder word";
  return null;
}

function isPeriodic(text: string): boolean {
  for (let period = 1; period <= MAX_PERIOD; period++) {
    if (text.slice(period) === text.slice(0, -period)) return true;
  }
  return false;
}
