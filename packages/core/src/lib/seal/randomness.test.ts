import { expect, test, vi } from "vitest";
import { base64url, fromBase64url, randomBytes } from "../base/bytes.js";
import { parseSessionKeys } from "./parse-session-keys.js";
import { seal } from "./seal.js";

/** Pearson's statistic of the bytes against equal shares: 255 degrees of freedom, mean 255, deviation 22.6. */
function chiSquare(bytes: readonly Uint8Array[]): number {
  const counts = new Float64Array(256);
  let total = 0;
  for (const part of bytes) {
    for (const byte of part) counts[byte] = (counts[byte] ?? 0) + 1;
    total += part.length;
  }
  const expected = total / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

// The whole million through the sealing path takes a minute on two runtimes: 10,000 here, 300,000 from the generator.
test("CR-12 one plaintext sealed 10,000 times: no salt, no IV and no key twice, and salts without a pattern", async () => {
  const keyring = parseSessionKeys("1:kTzQ4bW8xY2nR7vL5mJ9cF3hD6gS1pA0");
  const options = { keyring, purpose: "session" as const, context: ["c", ""], expiresAt: 4_000_000_000 };
  const encrypt = vi.spyOn(crypto.subtle, "encrypt");
  const importKey = vi.spyOn(crypto.subtle, "importKey");
  const salts: Uint8Array[] = [];
  for (let batch = 0; batch < 100; batch++) {
    const texts = await Promise.all(Array.from({ length: 100 }, () => seal(new Uint8Array(16), options)));
    for (const text of texts) salts.push(fromBase64url(text.slice(4))!.subarray(4, 28));
  }
  // The calls carry the algorithm with its IV first, and the raw key second.
  const ivs = encrypt.mock.calls.map(([algorithm]) => base64url((algorithm as unknown as { iv: Uint8Array }).iv));
  const keys = importKey.mock.calls.map(([, raw]) => base64url(raw as unknown as Uint8Array));
  vi.restoreAllMocks();
  expect(new Set(salts.map(base64url)).size).toBe(10_000);
  expect(new Set(ivs).size).toBe(10_000);
  expect(new Set(keys).size).toBe(10_001); // and the ring's own
  expect(chiSquare(salts)).toBeGreaterThan(255 - 6 * 22.6);
  expect(chiSquare(salts)).toBeLessThan(255 + 6 * 22.6);
});

test("CR-12 300,000 salts from the generator are 300,000 different ones", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 300_000; i++) seen.add(base64url(randomBytes(24)));
  expect(seen.size).toBe(300_000);
});
