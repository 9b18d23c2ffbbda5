import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { base64url, fromBase64url } from "../base/bytes.js";
import type { Purpose } from "./derive.js";
import { generateSessionKeys } from "./generate-session-keys.js";
import { parseSessionKeys } from "./parse-session-keys.js";
import { makeSeal, openSeal, type SealBinding, seal, unseal } from "./seal.js";

const NOW = 1_800_000_000;
const PURPOSES: readonly Purpose[] = ["session", "flow", "ticket", "successor", "pending", "passkey", "jwks"];
const keyring = parseSessionKeys("1:kTzQ4bW8xY2nR7vL5mJ9cF3hD6gS1pA0", { now: () => NOW });
const binding: SealBinding = { keyring, purpose: "session", context: ["__Host-session", ""], now: () => NOW };
const body = Uint8Array.from({ length: 200 }, (_, at) => at);
let text = "";

/** Counts WebCrypto calls from here on. */
function countCrypto() {
  const deriveBits = vi.spyOn(crypto.subtle, "deriveBits");
  const importKey = vi.spyOn(crypto.subtle, "importKey");
  const decrypt = vi.spyOn(crypto.subtle, "decrypt");
  return () => ({
    deriveBits: deriveBits.mock.calls.length,
    importKey: importKey.mock.calls.length,
    decrypt: decrypt.mock.calls.length,
  });
}
const NO_CALLS = { deriveBits: 0, importKey: 0, decrypt: 0 };

function bytesOf(sealed: string): Uint8Array {
  const bytes = fromBase64url(sealed.slice(4));
  if (!bytes) throw new Error("not base64url");
  return bytes;
}
const textOf = (bytes: Uint8Array): string => `es1.${base64url(bytes)}`;

beforeAll(async () => {
  text = await seal(body, { ...binding, expiresAt: NOW + 60 });
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a changed text", () => {
  test("CR-01 flipping any of the 2,144 bits: 32 are an unknown key, 2,112 are tampered, none opens", async () => {
    const counts: Record<string, number> = {};
    const bytes = bytesOf(text);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const opened = await unseal(textOf(flipped), binding);
      const outcome = opened.ok ? "opened" : opened.reason;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    expect(counts).toEqual({ unknown_key: 32, tampered: 2112 });
  });

  test("CR-02 truncating at any length, or appending 1 to 64 characters, gives a typed refusal", async () => {
    for (let length = 0; length < text.length; length++) {
      const opened = await unseal(text.slice(0, length), binding);
      expect(["malformed", "tampered"]).toContain(opened.ok ? "opened" : opened.reason);
    }
    for (let more = 1; more <= 64; more++) {
      const opened = await unseal(text + "A".repeat(more), binding);
      expect(["malformed", "tampered"]).toContain(opened.ok ? "opened" : opened.reason);
    }
  });

  test.each([" ", "\t", "\r", "\n", "=", "+", "/", "%", ".", "\u0000", "é", "\u2003", "\ufeff"])(
    "CR-03 inserting %j at any place is malformed and costs no WebCrypto call",
    async (character) => {
      const calls = countCrypto();
      for (let at = 0; at <= text.length; at++) {
        const changed = text.slice(0, at) + character + text.slice(at);
        expect(await unseal(changed, binding)).toEqual({ ok: false, reason: "malformed" });
      }
      expect(calls()).toEqual(NO_CALLS);
    },
  );

  test("inserting a character of the alphabet at any place opens nothing", async () => {
    for (let at = 0; at <= text.length; at++) {
      for (const character of ["A", "_"]) {
        expect((await unseal(text.slice(0, at) + character + text.slice(at), binding)).ok).toBe(false);
      }
    }
  });

  test("CR-04 63 of the 63 other last characters are refused, those with stray bits as malformed", async () => {
    // 67 + 2 bytes: two bits of the last character carry data, four are unused.
    const sealed = await seal(new Uint8Array(2), { ...binding, expiresAt: NOW + 60 });
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const others = [...alphabet].filter((last) => last !== sealed.at(-1));
    const reasons = await Promise.all(
      others.map(async (last) => {
        const opened = await unseal(sealed.slice(0, -1) + last, binding);
        return opened.ok ? "opened" : opened.reason;
      }),
    );
    expect(bytesOf(sealed).length % 3).toBe(1);
    expect(reasons.filter((reason) => reason === "tampered")).toHaveLength(3);
    expect(reasons.filter((reason) => reason === "malformed")).toHaveLength(60);
  });

  test.each([4_097, 16_385, 16_386, 65_536, 131_072])(
    "CR-15 a value of %i characters is malformed and costs no WebCrypto call",
    async (length) => {
      const calls = countCrypto();
      expect(await unseal(text.padEnd(length, "A"), binding)).toEqual({ ok: false, reason: "malformed" });
      expect(calls()).toEqual(NO_CALLS);
    },
  );

  test("CR-15 the length comes first: above the limit nothing of the text is looked at", async () => {
    const looks = [vi.spyOn(String.prototype, "startsWith"), vi.spyOn(String.prototype, "slice")];
    await unseal("x".repeat(131_072), binding);
    const counts = looks.map((look) => look.mock.calls.length);
    vi.restoreAllMocks();
    expect(counts).toEqual([0, 0]);
  });

  test.each([undefined, null, 7, {}, [text]])("what is no text is malformed: %j", async (value) => {
    // JavaScript callers can pass anything.
    expect(await unseal(value as unknown as string, binding)).toEqual({ ok: false, reason: "malformed" });
  });

  test("no text at all throws", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.base64String(), fc.uint8Array({ maxLength: 120 }).map(textOf)),
        async (hostile) => {
          expect((await unseal(hostile, binding)).ok).toBe(false);
        },
      ),
    );
  });
});

describe("a text out of place", () => {
  test("CR-05 one purpose never opens as another: 42 ordered pairs, all tampered, no decryption", async () => {
    const sealed = await Promise.all(
      PURPOSES.map((purpose) => seal(body, { ...binding, purpose, expiresAt: NOW + 60 })),
    );
    const calls = countCrypto();
    let refused = 0;
    for (const [at, purpose] of PURPOSES.entries()) {
      for (const other of PURPOSES) {
        if (other === purpose) continue;
        const opened = await unseal(sealed[at]!, { ...binding, purpose: other });
        expect(opened).toEqual({ ok: false, reason: "tampered" });
        refused += 1;
      }
    }
    expect(refused).toBe(42);
    expect(calls().decrypt).toBe(0);
  });

  test.each([
    ["preview:pr-12", "production"],
    ["production", "preview:pr-12"],
    ["preview:pr-12", ""],
  ])("CR-07 sealed in realm %j it is tampered in realm %j", async (from, to) => {
    const sealed = await seal(body, { ...binding, context: ["__Host-session", from], expiresAt: NOW + 60 });
    const opened = await unseal(sealed, { ...binding, context: ["__Host-session", to] });
    expect(opened).toEqual({ ok: false, reason: "tampered" });
  });

  test("context parts do not run into each other", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string(), { maxLength: 3 }),
        fc.array(fc.string(), { maxLength: 3 }),
        async (a, b) => {
          const wellFormed = [...a, ...b].every((part) => part.isWellFormed());
          fc.pre(wellFormed);
          const sealed = await seal(body, { ...binding, context: a, expiresAt: NOW + 60 });
          const same = a.length === b.length && a.every((part, at) => part === b[at]);
          expect((await unseal(sealed, { ...binding, context: b })).ok).toBe(same);
        },
      ),
      { numRuns: 60 },
    );
  });

  // Two secrets with one key id, found by search: the commitment is all that stands between them.
  const TWINS = ["r-GFIrKrPOdaT7dqr3Gcm-ZAwKb-bEN0mjXS-zPpsI8", "jttrGCP2GlGPo6wLsVzuvKjyuXpEx-cyLneQSIh-hNA"] as const;

  test("CR-14 a text under another secret of the same id is refused by its commitment, before any decryption", async () => {
    const [first, second] = TWINS.map((secret) => ({ ...binding, keyring: parseSessionKeys(`1:${secret}`) }));
    const sealed = await seal(body, { ...first!, expiresAt: NOW + 60 });
    expect((await unseal(sealed, first!)).ok).toBe(true);
    const calls = countCrypto();
    expect(await unseal(sealed, second!)).toEqual({ ok: false, reason: "tampered" });
    expect(calls().decrypt).toBe(0);
  });

  test("CR-14 both keys known to the forger: whichever commitment the text carries, only that key ever decrypts it", async () => {
    const [first, second] = TWINS.map((secret) => ({ ...binding, keyring: parseSessionKeys(`1:${secret}`) }));
    const one = bytesOf(await seal(body, { ...first!, expiresAt: NOW + 60 }));
    const two = bytesOf(await seal(body, { ...second!, expiresAt: NOW + 60 }));
    for (const [header, ciphertext] of [
      [one, two],
      [two, one],
    ] as const) {
      const mixed = new Uint8Array([...header.subarray(0, 44), ...ciphertext.subarray(44)]);
      const calls = countCrypto();
      const opened = [await unseal(textOf(mixed), first!), await unseal(textOf(mixed), second!)];
      expect(opened).toEqual(Array(2).fill({ ok: false, reason: "tampered" }));
      // One tag check under the key that is committed to, and one of a known text to prove that WebCrypto works.
      expect(calls().decrypt).toBe(2);
      vi.restoreAllMocks();
    }
  });

  test("two keys with one id in one ring are a problem at first use, without secret text", async () => {
    const both = parseSessionKeys(`2:${TWINS[0]},1:${TWINS[1]}`);
    const failed = await seal(body, { ...binding, keyring: both, expiresAt: NOW + 60 }).catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({
      code: "config_invalid",
      problems: ["SESSION_KEYS versions 2 and 1 have one key id: replace the secret of the one that came later."],
    });
  });
});

describe("time", () => {
  test.each([
    [NOW + 59, true],
    [NOW + 60, false],
    [NOW + 61, false],
  ])("CR-08 valid while now < expires-at, without any tolerance: at %i %s", async (now, ok) => {
    const opened = await unseal(text, { ...binding, now: () => now });
    expect(opened.ok).toBe(ok);
    if (!opened.ok) expect(opened).toEqual({ ok: false, reason: "expired" });
  });

  test("CR-08 inside the library an expired seal's content comes along, and only an expired one's", async () => {
    const opened = await openSeal(text, { ...binding, now: () => NOW + 60 });
    expect(opened).toEqual({
      ok: false,
      reason: "expired",
      body,
      keyVersion: 1,
      issuedAt: NOW,
      expiresAt: NOW + 60,
    });
    expect(await openSeal(text, { ...binding, purpose: "flow" })).toEqual({ ok: false, reason: "tampered" });
  });

  test("issued-at is not compared with the clock: a seal of a clock that runs ahead opens", async () => {
    expect((await unseal(text, { ...binding, now: () => NOW - 86_400 })).ok).toBe(true);
  });

  test("the clock is read once per call", async () => {
    const now = vi.fn(() => NOW);
    await unseal(text, { ...binding, now });
    expect(now).toHaveBeenCalledTimes(1);
    await seal(body, { ...binding, now, expiresAt: NOW + 60 });
    expect(now).toHaveBeenCalledTimes(2);
  });

  test.each([Date.now(), Number.NaN, Number.POSITIVE_INFINITY, -1])(
    "a clock that shows %d is refused",
    async (wrong) => {
      const options = { ...binding, now: () => wrong };
      await expect(seal(body, { ...options, expiresAt: NOW })).rejects.toMatchObject({ code: "clock_in_milliseconds" });
      await expect(unseal(text, options)).rejects.toMatchObject({ code: "clock_in_milliseconds" });
    },
  );

  test("an expiry in milliseconds is refused, as is one that has no 32 bits", async () => {
    const sealUntil = (expiresAt: number) => seal(body, { ...binding, expiresAt });
    await expect(sealUntil(NOW * 1000)).rejects.toMatchObject({ code: "clock_in_milliseconds" });
    await expect(sealUntil(0x1_0000_0000)).rejects.toThrow(RangeError);
    await expect(sealUntil(-1)).rejects.toThrow(RangeError);
    await expect(sealUntil(Number.NaN)).rejects.toThrow(RangeError);
    expect((await makeSeal(body, { ...binding, expiresAt: 0xffff_ffff })).expiresAt).toBe(0xffff_ffff);
  });

  test("fractions of a second are cut off", async () => {
    const sealed = await seal(body, { ...binding, now: () => NOW + 0.9, expiresAt: NOW + 60.9 });
    expect(await unseal(sealed, binding)).toMatchObject({ issuedAt: NOW, expiresAt: NOW + 60 });
  });
});

describe("randomness", () => {
  test("CR-13 no random bytes: rng_failure, and nothing is sealed", async () => {
    vi.spyOn(crypto, "getRandomValues").mockImplementation(() => {
      throw new Error("Disallowed operation called within global scope.");
    });
    const encrypt = vi.spyOn(crypto.subtle, "encrypt");
    await expect(seal(body, { ...binding, expiresAt: NOW + 60 })).rejects.toMatchObject({ code: "rng_failure" });
    expect(encrypt).not.toHaveBeenCalled();
    expect(() => generateSessionKeys()).toThrow(expect.objectContaining({ code: "rng_failure" }));
  });

  test.each([0, 255])("CR-13 random bytes that are all %i: rng_failure, and nothing is sealed", async (byte) => {
    vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
      if (array instanceof Uint8Array) array.fill(byte);
      return array;
    });
    const encrypt = vi.spyOn(crypto.subtle, "encrypt");
    await expect(seal(body, { ...binding, expiresAt: NOW + 60 })).rejects.toMatchObject({ code: "rng_failure" });
    expect(encrypt).not.toHaveBeenCalled();
  });
});

test("CR-19 after the id is known, every refusal is one derivation and has one form; nothing else is tried", async () => {
  await unseal(text, binding);
  const bytes = bytesOf(text);
  const flipped = (at: number): string => textOf(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));
  const cost = async (sealed: string, now = NOW) => {
    const calls = countCrypto();
    const opened = await unseal(sealed, { ...binding, now: () => now });
    const counted = calls();
    vi.restoreAllMocks();
    return [opened.ok ? "opened" : Object.keys(opened).join(), counted];
  };
  expect(await cost(flipped(0))).toEqual(["ok,reason", NO_CALLS]);
  expect(await cost(flipped(30))).toEqual(["ok,reason", { deriveBits: 1, importKey: 0, decrypt: 0 }]);
  expect(await cost(flipped(60))).toEqual(["ok,reason", { deriveBits: 1, importKey: 2, decrypt: 2 }]);
  expect(await cost(text, NOW + 60)).toEqual(["ok,reason", { deriveBits: 1, importKey: 1, decrypt: 1 }]);
  expect(await cost(text)).toEqual(["opened", { deriveBits: 1, importKey: 1, decrypt: 1 }]);
});

describe("what is sealed", () => {
  test("opens again, whatever the body, the purpose and the context", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 2_000 }),
        fc.constantFrom(...PURPOSES),
        fc.array(fc.string({ unit: "grapheme" }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        async (anyBody, purpose, context, lifeSeconds) => {
          const options = { ...binding, purpose, context };
          const sealed = await seal(anyBody, { ...options, expiresAt: NOW + lifeSeconds });
          expect(sealed).toMatch(/^es1\.[\w-]{91,}$/);
          const opened = await unseal(sealed, options);
          expect(opened.ok && { ...opened, body: [...opened.body] }).toEqual({
            ok: true,
            body: [...anyBody],
            keyVersion: 1,
            outdated: false,
            issuedAt: NOW,
            expiresAt: NOW + lifeSeconds,
          });
        },
      ),
    );
  });

  test("is never longer than what opens: 16,384 characters, 131,072 for a key set", async () => {
    const largest = new Uint8Array(12_217);
    const sealed = await seal(largest, { ...binding, expiresAt: NOW + 60 });
    expect(sealed).toHaveLength(16_384);
    expect((await unseal(sealed, binding)).ok).toBe(true);
    const encrypt = vi.spyOn(crypto.subtle, "encrypt");
    const tooLarge = seal(new Uint8Array(12_218), { ...binding, expiresAt: NOW + 60 });
    await expect(tooLarge).rejects.toMatchObject({ code: "payload_too_large" });
    expect(encrypt).not.toHaveBeenCalled();

    const keySet: SealBinding = { ...binding, purpose: "jwks" };
    const sealedSet = await seal(new Uint8Array(98_233), { ...keySet, expiresAt: NOW + 60 });
    expect(sealedSet.length).toBeLessThanOrEqual(131_072);
    expect((await unseal(sealedSet, keySet)).ok).toBe(true);
    const tooLargeSet = seal(new Uint8Array(98_234), { ...keySet, expiresAt: NOW + 60 });
    await expect(tooLargeSet).rejects.toMatchObject({ code: "payload_too_large" });
  });

  test("is what the body was when it was passed in", async () => {
    const changing = Uint8Array.of(1, 2, 3);
    const sealing = seal(changing, { ...binding, expiresAt: NOW + 60 });
    changing.fill(9);
    expect(await unseal(await sealing, binding)).toMatchObject({ body: Uint8Array.of(1, 2, 3) });
  });

  test("ends with its key: the expiry is capped at openUntil", async () => {
    const dated = parseSessionKeys(
      JSON.stringify([
        { version: 2, secret: "q7Xw3Zr9Lk5Vb1Nm8Tg4Hs6Yd2Jf0Pc-", activeFrom: "2027-01-20T00:00:00Z" },
        { version: 1, secret: "kTzQ4bW8xY2nR7vL5mJ9cF3hD6gS1pA0", active: true, openUntil: "2027-02-01T00:00:00Z" },
      ]),
      { now: () => NOW },
    );
    const until = Date.UTC(2027, 1, 1) / 1000;
    const made = await makeSeal(body, { ...binding, keyring: dated, expiresAt: until + 86_400 });
    expect(made).toMatchObject({ keyVersion: 1, expiresAt: until });
    expect(await unseal(made.text, { ...binding, keyring: dated })).toMatchObject({ expiresAt: until });
    const shorter = await makeSeal(body, { ...binding, keyring: dated, expiresAt: NOW + 60 });
    expect(shorter.expiresAt).toBe(NOW + 60);
  });

  test.each([
    ["a purpose nobody knows", { purpose: "cookie" as Purpose }],
    ["a lone surrogate in the context", { context: ["\ud800"] }],
    ["a context part above 65,535 bytes", { context: ["a".repeat(65_536)] }],
  ])("refuses %s when sealing and when opening", async (_what, wrong) => {
    await expect(seal(body, { ...binding, ...wrong, expiresAt: NOW + 60 })).rejects.toThrow(RangeError);
    await expect(unseal(text, { ...binding, ...wrong })).rejects.toThrow(RangeError);
  });
});
