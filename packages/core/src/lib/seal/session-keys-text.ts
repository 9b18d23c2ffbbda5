import { SECRET_COMMAND } from "./secret-strength.js";

/** What one variable of a Worker may hold. */
const MAX_CHARACTERS = 5_120;
const MAX_KEYS = 16;

export interface SessionKeysText {
  /** One entry per key, its fields unchecked; empty when the text as a whole is wrong. */
  readonly entries: readonly unknown[];
  readonly problems: string[];
}

/** Splits `SESSION_KEYS` into its keys, whichever of the two forms it has. Never throws. */
export function readSessionKeysText(text: unknown): SessionKeysText {
  if (text === undefined || text === null || text === "") {
    return refused(`SESSION_KEYS is not set: set it to \`1:\` followed by the output of ${SECRET_COMMAND}`);
  }
  if (typeof text !== "string") return refused("SESSION_KEYS must be a text: pass the variable as it is.");
  if (text.length > MAX_CHARACTERS) {
    return refused(
      `SESSION_KEYS is longer than ${MAX_CHARACTERS} characters: remove keys that no longer open anything.`,
    );
  }
  const trimmed = text.trim();
  const entries = /^[[{]/.test(trimmed) ? fromJson(trimmed) : fromShortForm(trimmed);
  if (!entries) {
    return refused(
      "SESSION_KEYS is neither a JSON array of keys nor `2:secret,1:secret`: write one of the two, without quotes around it.",
    );
  }
  if (entries.length === 0) return refused(`SESSION_KEYS holds no key: make a secret with ${SECRET_COMMAND}`);
  if (entries.length > MAX_KEYS) {
    return refused(`SESSION_KEYS holds more than ${MAX_KEYS} keys: remove those that no longer open anything.`);
  }
  return { entries, problems: [] };
}

function refused(problem: string): SessionKeysText {
  return { entries: [], problems: [problem] };
}

function fromJson(text: string): readonly unknown[] | null {
  try {
    const keys: unknown = JSON.parse(text);
    return Array.isArray(keys) ? keys : null;
  } catch {
    return null; // SyntaxError of JSON.parse. It quotes the text, secrets included, so it is not passed on as a cause.
  }
}

function fromShortForm(text: string): readonly unknown[] | null {
  const parts = text.split(",").map((part) => part.trim());
  if (!parts.every((part) => /^-?[\d.]+\s*:/.test(part))) return null;
  return parts.map((part, at) => {
    const colon = part.indexOf(":");
    const version = part.slice(0, colon).trim();
    return {
      version: /^[1-9]\d*$/.test(version) ? Number(version) : Number.NaN,
      secret: part.slice(colon + 1).trim(),
      ...(at === 0 && { active: true }),
    };
  });
}
