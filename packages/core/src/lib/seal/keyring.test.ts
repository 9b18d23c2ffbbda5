import { afterEach, describe, expect, test, vi } from "vitest";
import { type Keyring, keyStateOf, sealingKeyAt } from "./keyring.js";
import { parseSessionKeys } from "./parse-session-keys.js";
import { openSeal, type SealBinding, seal, unseal } from "./seal.js";

const NOW = Date.UTC(2026, 5, 1) / 1000;
const DECEMBER = Date.UTC(2026, 11, 1) / 1000;
const [A, B, C, D] = [
  "kTzQ4bW8xY2nR7vL5mJ9cF3hD6gS1pA0",
  "q7Xw3Zr9Lk5Vb1Nm8Tg4Hs6Yd2Jf0Pc-",
  "Zx8Kd3Rm6Wq1Tf9Bv4Hj7Ls2Np5Gy0Ca",
  "mV2yU8cR5tE1wQ9nB6hJ3kL7gF4dS0aX",
] as const;
const body = Uint8Array.of(1, 2, 3);

const ring = (...keys: readonly object[]): Keyring => parseSessionKeys(JSON.stringify(keys), { now: () => NOW });
const bindingOf = (keyring: Keyring, now = NOW): SealBinding => ({
  keyring,
  purpose: "session",
  context: ["__Host-session", ""],
  now: () => now,
});
const sealAt = (keyring: Keyring, now = NOW) =>
  seal(body, { ...bindingOf(keyring, now), expiresAt: now + 86_400 * 365 });

function countCrypto() {
  const spies = (["deriveBits", "importKey", "decrypt"] as const).map((name) => vi.spyOn(crypto.subtle, name));
  return () => spies.map((spy) => spy.mock.calls.length);
}
afterEach(() => {
  vi.restoreAllMocks();
});

test("KR-04 a seal of a newer release opens on an isolate that has its key staged, and is not outdated there", async () => {
  const older = ring({ version: 3, secret: C }, { version: 2, secret: B, active: true });
  const newer = ring({ version: 3, secret: C, active: true }, { version: 2, secret: B });
  const byTime = ring(
    { version: 3, secret: C, activeFrom: "2026-12-01T00:00:00Z" },
    { version: 2, secret: B, active: true },
  );
  const text = await sealAt(newer);
  expect(await unseal(text, bindingOf(older))).toMatchObject({ ok: true, keyVersion: 3, outdated: false });
  expect(await unseal(text, bindingOf(byTime))).toMatchObject({ ok: true, keyVersion: 3, outdated: false });
  expect(await unseal(await sealAt(older), bindingOf(newer))).toMatchObject({ keyVersion: 2, outdated: true });
});

test("KR-06 a clock that passes activeFrom during a call changes nothing in it: one call, one view", async () => {
  const keyring = ring(
    { version: 3, secret: C, activeFrom: "2026-12-01T00:00:00Z" },
    { version: 2, secret: B, active: true },
  );
  const text = await sealAt(keyring);
  let clock = DECEMBER - 1;
  const now = (): number => clock++;
  expect(await unseal(text, { ...bindingOf(keyring), now })).toMatchObject({ keyVersion: 2, outdated: false });
  expect(await unseal(text, { ...bindingOf(keyring), now })).toMatchObject({ keyVersion: 2, outdated: true });
  expect(clock).toBe(DECEMBER + 1);
});

test("KR-07 after openUntil a key is closed: key_retired, without derivation or decryption", async () => {
  const keyring = ring(
    { version: 2, secret: B, activeFrom: "2026-12-01T00:00:00Z" },
    { version: 1, secret: A, active: true, openUntil: "2026-12-31T00:00:00Z" },
  );
  const end = Date.UTC(2026, 11, 31) / 1000;
  const text = await seal(body, { ...bindingOf(keyring), expiresAt: end });
  expect((await unseal(text, bindingOf(keyring, end - 1))).ok).toBe(true);
  const calls = countCrypto();
  expect(await unseal(text, bindingOf(keyring, end))).toEqual({ ok: false, reason: "key_retired" });
  expect(await openSeal(text, bindingOf(keyring, end))).toEqual({ ok: false, reason: "key_retired", keyVersion: 1 });
  expect(calls()).toEqual([0, 0, 0]);
});

test("KR-08 a revoked key: key_revoked, nothing derived but the id it is known by, 0 decryptions", async () => {
  const text = await sealAt(ring({ version: 1, secret: A, active: true }));
  const keyring = ring({ version: 2, secret: B, active: true }, { version: 1, secret: A, revoked: true });
  const calls = countCrypto();
  expect(await unseal(text, bindingOf(keyring))).toEqual({ ok: false, reason: "key_revoked" });
  expect(calls()).toEqual([2, 2, 0]);
  expect(await openSeal(text, bindingOf(keyring))).toEqual({ ok: false, reason: "key_revoked", keyVersion: 1 });
  expect(calls()).toEqual([2, 2, 0]);
});

test("KR-10 all old keys revoked: each of their seals is refused, and the new key seals and opens", async () => {
  const before = ring({ version: 3, secret: C, active: true }, { version: 2, secret: B }, { version: 1, secret: A });
  const after = ring(
    { version: 4, secret: D, active: true },
    { version: 3, secret: C, revoked: true },
    { version: 2, secret: B, revoked: true },
    { version: 1, secret: A, revoked: true },
  );
  expect(await unseal(await sealAt(before), bindingOf(after))).toEqual({ ok: false, reason: "key_revoked" });
  expect(await unseal(await sealAt(after), bindingOf(after))).toMatchObject({ ok: true, keyVersion: 4 });
});

test("KR-11 10,000 texts of a key nobody has: unknown_key, 0 WebCrypto calls", async () => {
  const keyring = ring({ version: 1, secret: A, active: true });
  await sealAt(keyring);
  const foreign = await sealAt(ring({ version: 1, secret: B, active: true }));
  const calls = countCrypto();
  const reasons = new Set<string>();
  for (let i = 0; i < 10_000; i++) {
    const opened = await unseal(foreign, bindingOf(keyring));
    reasons.add(opened.ok ? "opened" : opened.reason);
  }
  expect([...reasons]).toEqual(["unknown_key"]);
  expect(calls()).toEqual([0, 0, 0]);
});

describe("KR-12 a keyring shows no secret", () => {
  const canary = "canary~Zx8Kd3Rm6Wq1Tf9Bv4Hj7Ls2Np5";
  const keyring = ring({ version: 1, secret: canary, active: true });

  /** Every text reachable by any means a printer, a logger or a cloner has. */
  function textsIn(value: unknown, seen = new Set<unknown>()): string[] {
    if (typeof value === "string") return [value];
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) return [];
    seen.add(value);
    return Reflect.ownKeys(value).flatMap((name) => [String(name), ...textsIn(Reflect.get(value, name), seen)]);
  }

  test("to JSON, inspection, spreading or a walk over every property, before and after its first use", async () => {
    const inspect = Symbol.for("nodejs.util.inspect.custom");
    for (let use = 0; use < 2; use++) {
      expect(JSON.stringify({ keyring })).toBe('{"keyring":[{"version":1,"state":"active"}]}');
      expect(Reflect.get(keyring, inspect)()).toEqual([{ version: 1, state: "active" }]);
      expect([...textsIn(keyring), ...textsIn({ ...keyring }), String(keyring)].join()).not.toContain("canary");
      await sealAt(keyring);
    }
  });

  test("to structuredClone: it refuses", () => {
    expect(() => structuredClone(keyring)).toThrow(expect.objectContaining({ name: "DataCloneError" }));
  });

  test("to whoever changes it", () => {
    expect(Object.isFrozen(keyring)).toBe(true);
  });

  test("in an error: message, problems, stack and cause", () => {
    const texts = [`1:${canary},1:${canary}`, `[{"version":1,"secret":"${canary}"`, `1:${canary},2:short`, canary];
    for (const text of texts) {
      const failed = ((): unknown => {
        try {
          return parseSessionKeys(text);
        } catch (error) {
          return error;
        }
      })();
      expect(failed).toMatchObject({ code: "config_invalid" });
      expect(textsIn(failed).join()).not.toContain("canary");
      expect(String((failed as Error).stack)).not.toContain("canary");
    }
  });

  test("through its keys: they are not extractable", async () => {
    const importKey = vi.spyOn(crypto.subtle, "importKey");
    const fresh = ring({ version: 1, secret: canary, active: true });
    await unseal(await sealAt(fresh), bindingOf(fresh));
    for (const [, , , extractable] of importKey.mock.calls) expect(extractable).toBe(false);
    expect(importKey).toHaveBeenCalledTimes(3);
  });
});

test("a key is imported once, at first use, and never while the ring is made", async () => {
  const calls = countCrypto();
  const keyring = ring({ version: 2, secret: B, active: true }, { version: 1, secret: A });
  expect(calls()).toEqual([0, 0, 0]);
  const text = await sealAt(keyring);
  expect(calls()).toEqual([3, 3, 0]);
  await unseal(text, bindingOf(keyring));
  expect(calls()).toEqual([4, 4, 1]);
});

test("first uses at the same time each derive for themselves and agree", async () => {
  const text = await sealAt(ring({ version: 1, secret: A, active: true }));
  const keyring = ring({ version: 1, secret: A, active: true });
  const opened = await Promise.all(Array.from({ length: 10 }, () => unseal(text, bindingOf(keyring))));
  expect(opened.every((each) => each.ok)).toBe(true);
});

test("an object that only looks like a keyring is refused", async () => {
  const imitation = { describe: () => [] } as unknown as Keyring;
  await expect(sealAt(imitation)).rejects.toMatchObject({
    code: "config_invalid",
    problems: ["`keyring` must come from `parseSessionKeys` of the same copy of @edgeseal/core."],
  });
});

test("a ring made while the clock stood, whose first key is still to come, says so when it should seal", async () => {
  const text = JSON.stringify([{ version: 1, secret: A, activeFrom: "2026-12-01T00:00:00Z" }]);
  const keyring = parseSessionKeys(text, { now: () => 0 });
  await expect(sealAt(keyring)).rejects.toMatchObject({ code: "config_invalid" });
  expect(await unseal(await sealAt(keyring, DECEMBER), bindingOf(keyring, DECEMBER))).toMatchObject({ ok: true });
});

test("states and the sealing key are told without waiting", () => {
  const keyring = ring(
    { version: 3, secret: C, activeFrom: "2026-12-01T00:00:00Z" },
    { version: 2, secret: B, active: true, openUntil: "2027-01-01T00:00:00Z" },
    { version: 1, secret: A, revoked: true },
  );
  expect([1, 2, 3, 4].map((version) => keyStateOf(keyring, version, NOW))).toEqual([
    "revoked",
    "active",
    "staged",
    null,
  ]);
  expect(sealingKeyAt(keyring, NOW)).toEqual({ version: 2, openUntil: Date.UTC(2027, 0, 1) / 1000 });
  expect(sealingKeyAt(keyring, DECEMBER)).toEqual({ version: 3, openUntil: Number.POSITIVE_INFINITY });
  expect(keyring.describe()).toEqual([
    { version: 3, state: "staged", activeFrom: "2026-12-01T00:00:00Z" },
    { version: 2, state: "active", openUntil: "2027-01-01T00:00:00Z" },
    { version: 1, state: "revoked" },
  ]);
});
