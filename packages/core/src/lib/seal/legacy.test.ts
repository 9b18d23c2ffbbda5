import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { sealLegacy } from "../../../test/legacy.js";
import { base64url, fromBase64url, utf8Text } from "../base/bytes.js";
import { openLegacySeal } from "./legacy.js";
import { parseSessionKeys } from "./parse-session-keys.js";
import { seal } from "./seal.js";

const NOW = 1_800_000_000;
const OLD = "kTzQ4bW8xY2nR7vL5mJ9cF3hD6gS1pA0";
const NEW = "w3Rt9YuI1oPa5SdF7gHj2KlZ8xCv4BnM";
const SINGLE = "uN6yT2rE8wQ4aS0dF7gH3jK9lZ5xC1vB";
const keyring = parseSessionKeys(`2:${NEW},1:${OLD}`, { now: () => NOW });
const CONTENT = { hello: "world" };

async function open(text: string, more: Partial<Parameters<typeof openLegacySeal>[1]> = {}): Promise<unknown> {
  const opened = await openLegacySeal(text, { keyring, secret: SINGLE, now: NOW, ...more });
  return opened.ok ? JSON.parse(utf8Text(opened.body) ?? "") : opened.reason;
}

function countDecryptions() {
  const decrypt = vi.spyOn(crypto.subtle, "decrypt");
  // A failed tag is followed by one decryption of a known text, which is nobody's.
  const isKnownText = (call: readonly unknown[]) => (call[2] as Uint8Array).length === 16;
  return () => decrypt.mock.calls.filter((call) => !isKnownText(call)).length;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("what does not open", () => {
  test("a text that no key opens costs two decryptions when its first byte is a version, otherwise one", async () => {
    const decryptions = countDecryptions();
    const text = await sealLegacy(CONTENT, "another secret of nobody here 123");
    const bytes = fromBase64url(text) ?? new Uint8Array(0);
    bytes[0] = 1;
    expect(await open(base64url(bytes))).toBe("tampered");
    expect(decryptions()).toBe(2);
    bytes[0] = 77;
    expect(await open(base64url(bytes))).toBe("tampered");
    expect(decryptions()).toBe(3);
  });

  test("without a key for either layout nothing is decrypted", async () => {
    const decryptions = countDecryptions();
    const text = base64url(new Uint8Array(200).fill(9));
    expect(await open(text)).toBe("tampered");
    expect(decryptions()).toBe(1);
    expect(await openLegacySeal(text, { keyring, now: NOW })).toEqual({ ok: false, reason: "unknown_key" });
    expect(decryptions()).toBe(1);
  });

  test("keys are not tried one after the other: a version names its key, whoever else could open it", async () => {
    expect(await open(await sealLegacy(CONTENT, OLD, 2))).toBe("tampered");
    expect(await open(await sealLegacy(CONTENT, OLD, 3))).toBe("tampered");
    expect(await open(await sealLegacy(CONTENT, OLD))).toBe("tampered");
    expect(await open(await sealLegacy(CONTENT, SINGLE, 1))).toBe("tampered");
    expect(await openLegacySeal(await sealLegacy(CONTENT, SINGLE, 3), { keyring, now: NOW })).toEqual({
      ok: false,
      reason: "unknown_key",
    });
  });

  test("a key that is revoked or closed opens nothing here either", async () => {
    const closes = "2027-01-15T08:00:00Z";
    const ring = (more: object) =>
      parseSessionKeys(
        JSON.stringify([
          { version: 2, secret: NEW, active: true },
          { version: 1, secret: OLD, ...more },
        ]),
        { now: () => NOW - 60 },
      );
    const text = await sealLegacy(CONTENT, OLD, 1);
    const end = Date.parse(closes) / 1000;
    const read = (more: object, now: number) => openLegacySeal(text, { keyring: ring(more), now });
    expect(await read({ revoked: true }, NOW)).toEqual({ ok: false, reason: "unknown_key" });
    expect(await read({ openUntil: closes }, end)).toEqual({ ok: false, reason: "unknown_key" });
    expect((await read({ openUntil: closes }, end - 1)).ok).toBe(true);
  });

  test("any bit flipped", async () => {
    const bytes = fromBase64url(await sealLegacy(CONTENT, OLD, 1)) ?? new Uint8Array(0);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await open(base64url(flipped))).toBe("tampered");
    }
  });

  test.each(["", "a", "AA", " ", "%", "AAAA=", "A".repeat(37), "A".repeat(38).concat("="), "A".repeat(4_097)])(
    "%j is malformed, without a decryption",
    async (text) => {
      const decryptions = countDecryptions();
      expect(await open(text)).toBe("malformed");
      expect(decryptions()).toBe(0);
    },
  );

  test("a text of ours is not of theirs", async () => {
    const ours = await seal(new Uint8Array(40), {
      keyring,
      purpose: "session",
      context: ["__Host-session", ""],
      expiresAt: NOW + 60,
      now: () => NOW,
    });
    expect(await open(ours)).toBe("malformed");
  });

  test("no text throws, and none opens but one that was sealed", async () => {
    const canonical = fc.uint8Array({ maxLength: 200 }).map((bytes) => base64url(Uint8Array.from(bytes)));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: "binary" }), canonical), async (text) => {
        expect(["malformed", "tampered"]).toContain(await open(text));
      }),
      { numRuns: 50 },
    );
  });

  test("a fault of WebCrypto is not the visitor's", async () => {
    const text = await sealLegacy(CONTENT, OLD, 1);
    vi.spyOn(crypto.subtle, "deriveBits").mockRejectedValue(new Error("out of memory"));
    await expect(open(text)).rejects.toThrow(expect.objectContaining({ code: "crypto_failure" }));
  });
});

describe("what opens", () => {
  test("known answers of an independent implementation", async () => {
    const plain = "AAECAwQFBgcICQoLk4kIUQZo8oIMi2mxjF2rfDL-0gnV3NUoUR7qhOw1EiUz";
    const versioned = "AhAREhMUFRYXGBkaG3RH15bXHHxNj8m6TijQdnHE6PdC7-F9xpu3nz2jkW5tRQ";
    expect(await open(plain, { secret: OLD })).toEqual(CONTENT);
    expect(await open(versioned, { keyring: parseSessionKeys(`2:${OLD}`, { now: () => NOW }) })).toEqual(CONTENT);
  });

  test("a text under a version of the ring, active or not, and one under the single secret", async () => {
    expect(await open(await sealLegacy(CONTENT, OLD, 1))).toEqual(CONTENT);
    expect(await open(await sealLegacy(CONTENT, NEW, 2))).toEqual(CONTENT);
    expect(await open(await sealLegacy(CONTENT, SINGLE))).toEqual(CONTENT);
  });

  test("a text without a version whose first byte looks like one", async () => {
    const iv = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    const decryptions = countDecryptions();
    expect(await open(await sealLegacy(CONTENT, SINGLE, undefined, iv))).toEqual(CONTENT);
    expect(decryptions()).toBe(2);
  });
});
