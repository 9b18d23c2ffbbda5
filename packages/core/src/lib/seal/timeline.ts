/** A key as `SESSION_KEYS` describes it; times in epoch seconds. */
export interface TimelineKey {
  readonly version: number;
  /** From when on it may seal: `-Infinity` always, `null` never. A key with a start is a candidate. */
  readonly startsAt: number | null;
  /** Until when its seals open: `Infinity` where nothing was said. */
  readonly openUntil: number;
  readonly revoked: boolean;
}

/**
 * staged: will seal later, opens. active: seals and opens. retired: opens, its seals are outdated.
 * closed: after `openUntil`. revoked: refused whatever the time.
 */
export type KeyState = "staged" | "active" | "retired" | "closed" | "revoked";

/** The candidate with the latest start that has come; `null` before the first. */
export function activeAt<Key extends TimelineKey>(keys: readonly Key[], now: number): Key | null {
  let active: Key | null = null;
  let since = Number.NEGATIVE_INFINITY;
  for (const key of keys) {
    if (key.startsAt === null || key.revoked || key.startsAt > now || key.startsAt < since) continue;
    active = key;
    since = key.startsAt;
  }
  return active;
}

export function stateAt(keys: readonly TimelineKey[], key: TimelineKey, now: number): KeyState {
  if (key.revoked) return "revoked";
  if (now >= key.openUntil) return "closed";
  const active = activeAt(keys, now);
  if (key === active) return "active";
  // Staged is what lies ahead. Calling it outdated would make two releases, live at once, re-seal back and forth.
  const ahead = key.startsAt === null ? active !== null && key.version > active.version : key.startsAt > now;
  return ahead ? "staged" : "retired";
}

/**
 * What is wrong with the time line from `now` on: a ring without problems stays without them, whatever the clock does.
 * `now` is `null` where the clock stands (Workers, outside a request): then only what is wrong at any time is said.
 */
export function timelineProblems(keys: readonly TimelineKey[], now: number | null): string[] {
  const candidates = keys.filter(hasStart).sort((a, b) => (a.startsAt < b.startsAt ? -1 : 1));
  const last = candidates.at(-1);
  if (!last) return ['SESSION_KEYS has no key that seals: give the newest key `"active": true`.'];
  const problems: string[] = [];
  if (now !== null && candidates.every((key) => key.startsAt > now)) {
    problems.push(
      'SESSION_KEYS has no key that seals yet: leave `"active": true` on an older key until the first `activeFrom`.',
    );
  }
  const started = now === null ? last : candidates.findLast((key) => key.startsAt <= now);
  candidates.forEach((key, at) => {
    const successor = candidates[at + 1];
    if (key.revoked && (key === started || (now !== null && key.startsAt > now))) {
      problems.push(
        `SESSION_KEYS version ${key.version} is revoked but its time to seal is now or still to come: ` +
          "take `active` and `activeFrom` off it and give them to a new key.",
      );
    }
    if (successor?.startsAt === key.startsAt) {
      problems.push(
        `SESSION_KEYS versions ${key.version} and ${successor.version} start to seal at the same time: ` +
          'leave `"active": true` on one of them, or give the newer one an `activeFrom` of its own.',
      );
    }
    if (!successor && key.openUntil !== Number.POSITIVE_INFINITY) {
      problems.push(
        `SESSION_KEYS version ${key.version} has \`openUntil\` but no key takes over from it: ` +
          "remove `openUntil`, or add a key with `activeFrom` before it.",
      );
    }
    if (successor && key.openUntil < successor.startsAt) {
      problems.push(
        `SESSION_KEYS version ${key.version} closes before version ${successor.version} starts to seal: ` +
          "move its `openUntil` to a time after that `activeFrom`.",
      );
    }
  });
  return problems;
}

function hasStart<Key extends TimelineKey>(key: Key): key is Key & { readonly startsAt: number } {
  return key.startsAt !== null;
}
