import { refuseConfig } from "../base/errors.js";
import { readIsoTime } from "../base/iso-time.js";
import { isRecord } from "../base/json.js";
import type { ClockOption } from "../base/ports.js";
import { clockAtConstruction } from "../base/runtime.js";
import { type ConfiguredKey, createKeyring, type Keyring } from "./keyring.js";
import { SECRET_COMMAND, secretWeakness } from "./secret-strength.js";
import { readSessionKeysText } from "./session-keys-text.js";
import { timelineProblems } from "./timeline.js";

const FIELDS = new Set(["version", "secret", "active", "activeFrom", "openUntil", "revoked"]);
const TIME_EXAMPLE = "`2026-12-01T00:00:00Z`";

/**
 * Reads `SESSION_KEYS`: a JSON array of `{"version", "secret", "active"?, "activeFrom"?, "openUntil"?, "revoked"?}`, or
 * `2:secret,1:secret` (the first seals). Synchronous: key ids are derived at first use, so make one ring and keep it.
 * Throws `AuthError` `config_invalid` naming every problem, with nothing of any secret.
 */
export function parseSessionKeys(text: string | undefined, options: ClockOption = {}): Keyring {
  const { entries, problems } = readSessionKeysText(text);
  const keys = entries.map((entry, at) => readKey(entry, `SESSION_KEYS[${at}]`, problems));
  const complete = keys.filter((key) => key !== null);
  problems.push(...repeated(complete));
  if (entries.length > 0 && complete.length === keys.length) {
    problems.push(...timelineProblems(complete, clockAtConstruction(options)));
  }
  refuseConfig(problems);
  return createKeyring(complete, options);
}

/** `null` when the key has no place on the time line. A weak secret is a problem that leaves it its place. */
function readKey(entry: unknown, at: string, problems: string[]): ConfiguredKey | null {
  if (!isRecord(entry)) {
    problems.push(`${at} must be an object with \`version\` and \`secret\`.`);
    return null;
  }
  const before = problems.length;
  const { version, active, revoked = false } = entry;
  // The unknown name is not repeated: it may be a misplaced secret.
  if (Object.keys(entry).some((field) => !FIELDS.has(field))) {
    problems.push(`${at} has a field that is none of ${[...FIELDS].join(", ")}: remove it or correct its spelling.`);
  }
  if (!isVersion(version)) problems.push(`${at}.version must be an integer from 1 to 255, not a text.`);
  if (active !== undefined && typeof active !== "boolean") {
    problems.push(`${at}.active must be true or false, without quotes.`);
  }
  if (typeof revoked !== "boolean") problems.push(`${at}.revoked must be true or false, without quotes.`);
  const activeFrom = readTime(entry.activeFrom, `${at}.activeFrom`, problems);
  const openUntil = readTime(entry.openUntil, `${at}.openUntil`, problems);
  if (active === false && activeFrom !== null) {
    problems.push(`${at} has \`"active": false\` beside \`activeFrom\`: remove one of them.`);
  }
  const placed = problems.length === before;
  const secret = readSecret(entry.secret, `${at}.secret`, problems);
  if (!placed || !isVersion(version) || typeof revoked !== "boolean") return null;
  const startsAt = activeFrom ?? (active === true ? Number.NEGATIVE_INFINITY : null);
  return { version, secret, startsAt, openUntil: openUntil ?? Number.POSITIVE_INFINITY, revoked };
}

function readSecret(secret: unknown, at: string, problems: string[]): string {
  const weakness = typeof secret === "string" ? secretWeakness(secret) : "is missing or not a text";
  if (weakness === null && typeof secret === "string") return secret;
  problems.push(`${at} ${weakness}: make a new one with ${SECRET_COMMAND}`);
  return "";
}

function readTime(value: unknown, at: string, problems: string[]): number | null {
  const seconds = value === undefined ? null : readIsoTime(value);
  if (value !== undefined && seconds === null) {
    problems.push(`${at} must be a time with its offset, such as ${TIME_EXAMPLE}.`);
  }
  return seconds;
}

function repeated(keys: readonly ConfiguredKey[]): string[] {
  const problems: string[] = [];
  keys.forEach((key, at) => {
    const earlier = keys.slice(0, at);
    if (earlier.some((other) => other.version === key.version)) {
      problems.push(`SESSION_KEYS has version ${key.version} twice: give the newer key the next number.`);
    }
    const twin = key.secret === "" ? undefined : earlier.find((other) => other.secret === key.secret);
    if (twin) {
      problems.push(
        `SESSION_KEYS versions ${twin.version} and ${key.version} have the same secret: ` +
          `make a new one with ${SECRET_COMMAND}`,
      );
    }
  });
  return problems;
}

function isVersion(version: unknown): version is number {
  return typeof version === "number" && Number.isInteger(version) && version >= 1 && version <= 255;
}
