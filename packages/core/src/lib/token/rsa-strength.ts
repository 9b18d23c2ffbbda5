/** Why an RSA key is not believed; `null` when nothing speaks against it. */
export function rsaWeakness(
  n: Uint8Array,
  e: Uint8Array,
): "modulus_size" | "modulus_even" | "exponent" | "roca" | null {
  const bits = bitLength(n);
  // RFC 7518 §3.3 asks for 2,048; above 8,192 one check costs milliseconds, which a hostile set must not buy.
  if (bits < 2048 || bits > 8192) return "modulus_size";
  if (((n.at(-1) ?? 0) & 1) === 0) return "modulus_even";
  const exponentBits = bitLength(e);
  // With e = 1 everybody signs; an even one has no inverse; above 32 bits runtimes differ (BoringSSL stops at 33).
  if (exponentBits < 2 || exponentBits > 32 || ((e.at(-1) ?? 0) & 1) === 0) return "exponent";
  return hasRocaFingerprint(n) ? "roca" : null;
}

/** Leading zero bytes, which RFC 7518 §2 forbids and some providers write, count for nothing. */
function bitLength(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (bytes.length - first) * 8 - (Math.clz32(bytes[first] ?? 0) - 24);
}

const ODD_PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/**
 * Infineon's broken generator (CVE-2017-15361) made primes of the form k·M + 65537^a mod M, so the modulus is a power of
 * 65537 modulo every small prime. A sound key passes for one with a chance of about 1 in 2^27.
 */
function hasRocaFingerprint(n: Uint8Array): boolean {
  return ODD_PRIMES.every((prime) => {
    let remainder = 0;
    for (const byte of n) remainder = (remainder * 256 + byte) % prime;
    let power = 1;
    do {
      if (power === remainder) return true;
      power = (power * 65537) % prime;
    } while (power !== 1);
    return false;
  });
}
