import { expect, test, vi } from "vitest";
import { base64url, fromBase64url, randomBytes } from "../base/bytes.js";
import { parseSessionKeys } from "./parse-session-keys.js";
import { seal } from "./seal.js";

/** Pearson's statistic of how often each byte came, against equal shares: 255 degrees of freedom, mean 255, deviation 22.6. */
function chiSquare(counts: Uint32Array): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

// The whole million through the sealing path takes a minute on two runtimes: 10,000 here, the million from the generator.
test("CR-12 one plaintext sealed 10,000 times: no salt, no IV and no key twice, and salts without a pattern", {
  timeout: 30_000,
}, async () => {
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
  const counts = new Uint32Array(256);
  for (const byte of salts.flatMap((salt) => [...salt])) counts[byte] = (counts[byte] ?? 0) + 1;
  expect(chiSquare(counts)).toBeGreaterThan(255 - 6 * 22.6);
  expect(chiSquare(counts)).toBeLessThan(255 + 6 * 22.6);
});

test("CR-12 a million salts from the generator are a million different ones, without a pattern", {
  timeout: 30_000,
}, () => {
  // Their first 8 bytes, sorted: among a million, two that agree by chance are a thing of 1 in 30 million.
  const prefixes = new BigUint64Array(1_000_000);
  const counts = new Uint32Array(256);
  for (let at = 0; at < prefixes.length; at++) {
    const salt = randomBytes(24);
    prefixes[at] = new DataView(salt.buffer, salt.byteOffset).getBigUint64(0);
    for (const byte of salt) counts[byte] = (counts[byte] ?? 0) + 1;
  }
  prefixes.sort();
  let repeated = 0;
  for (let at = 1; at < prefixes.length; at++) if (prefixes[at] === prefixes[at - 1]) repeated++;
  expect(repeated).toBe(0);
  expect(chiSquare(counts)).toBeGreaterThan(255 - 6 * 22.6);
  expect(chiSquare(counts)).toBeLessThan(255 + 6 * 22.6);
});
