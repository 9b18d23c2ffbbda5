import { expect, test } from "vitest";
import { type Keyring, keyStateOf, sealingKeyAt } from "./keyring.js";
import { parseSessionKeys } from "./parse-session-keys.js";

const DAY = 86_400;
const START = Date.UTC(2026, 10, 1) / 1000;
const SWITCH = Date.UTC(2026, 11, 1) / 1000;
const IDLE = 30 * DAY;
const [A, B, C] = [
  "kTzQ4bW8xY2nR7vL5mJ9cF3hD6gS1pA0",
  "q7Xw3Zr9Lk5Vb1Nm8Tg4Hs6Yd2Jf0Pc-",
  "Zx8Kd3Rm6Wq1Tf9Bv4Hj7Ls2Np5Gy0Ca",
] as const;
const activeFrom = new Date(SWITCH * 1000).toISOString();

/** The three texts of one rotation, and the second on which each begins to be rolled out. */
const RELEASES = [
  {
    from: START,
    keys: [
      { version: 2, secret: B, active: true },
      { version: 1, secret: A },
    ],
  },
  {
    from: START + 10 * DAY,
    keys: [
      { version: 3, secret: C, activeFrom },
      { version: 2, secret: B, active: true },
      { version: 1, secret: A },
    ],
  },
  { from: SWITCH + IDLE + DAY, keys: [{ version: 3, secret: C, active: true }] },
] as const;

/** A generator with a seed, so that a failure can be repeated. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

test("KR-05 a rotation over 75 days with two releases live at once and 100,000 sessions logs nobody out", () => {
  const random = seeded(5);
  const rings = RELEASES.map(({ from, keys }) => ({
    from,
    ring: parseSessionKeys(JSON.stringify(keys), { now: () => from }),
  }));
  // Each release takes two days to reach every isolate: a request meets the newest or the one before it.
  const ringFor = (now: number): Keyring => {
    const out = rings.filter(({ from }) => from <= now);
    const newest = out.at(-1);
    const previous = out.at(-2);
    const rolling = newest && previous && now < newest.from + 2 * DAY && random() < 0.5;
    const chosen = rolling ? previous : newest;
    if (!chosen) throw new Error("no release yet");
    return chosen.ring;
  };
  const sessions = Array.from({ length: 100_000 }, () => ({
    version: 2,
    sealedAt: START,
    next: START + random() * 20 * DAY,
    seals: 0,
  }));
  const refused: Record<string, number> = {};
  let wentBack = 0;
  for (const session of sessions) {
    while (session.next < START + 75 * DAY) {
      const now = Math.floor(session.next);
      const ring = ringFor(now);
      const state = keyStateOf(ring, session.version, now);
      const usable = state === "active" || state === "staged" || state === "retired";
      if (!usable) refused[String(state)] = (refused[String(state)] ?? 0) + 1;
      // Re-sealed when outdated, and once half the idle time has gone by.
      if (state === "retired" || now - session.sealedAt > IDLE / 2) {
        const version = sealingKeyAt(ring, now)?.version ?? 0;
        if (version < session.version) wentBack += 1;
        session.version = version;
        session.sealedAt = now;
        session.seals += 1;
      }
      session.next += random() * 20 * DAY;
    }
  }
  expect(refused).toEqual({});
  expect(sessions.filter((session) => session.version !== 3)).toHaveLength(0);
  expect(wentBack).toBe(0);
  expect(Math.max(...sessions.map((session) => session.seals))).toBeLessThanOrEqual(75 / 15 + 1);
});
