import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createSigner, jwksOf, type Signer } from "../../../test/tokens.js";
import { base64url } from "../base/bytes.js";
import { type KeySet, keyFor, readKeySet } from "./key-set.js";

let rsa: Signer;
let ec: Signer;
let ed: Signer;

beforeAll(async () => {
  [rsa, ec, ed] = await Promise.all([createSigner("rsa"), createSigner("ec", "ES256"), createSigner("ed", "EdDSA")]);
});

async function read(...keys: readonly unknown[]): Promise<KeySet> {
  const set = await readKeySet(JSON.stringify({ keys }));
  if (typeof set === "string") throw new Error(set);
  return set;
}

/** A good key beside the one under test: the set stays usable. */
async function rejection(key: unknown): Promise<unknown> {
  const set = await read(key, ed.jwk);
  expect(keyFor(set, { alg: "EdDSA", kid: "ed" })).toBeInstanceOf(CryptoKey);
  expect(set.keys).toHaveLength(1);
  return set.rejected[0]?.reason;
}

const modulus = (bytes: number, last = 1) => {
  const n = crypto.getRandomValues(new Uint8Array(bytes));
  n[0] = 0x80 | (n[0] ?? 0);
  n[bytes - 1] = last | (n[bytes - 1] ?? 0);
  if (last === 0) n[bytes - 1] = 0;
  return base64url(n);
};

describe("a key that is not for checking signatures of ours is skipped", () => {
  test.each([
    ["a use other than signatures", { use: "enc" }, "wrong_use"],
    ["operations without verify", { key_ops: ["encrypt"] }, "wrong_key_ops"],
    ["operations that are no list", { key_ops: "verify" }, "wrong_key_ops"],
    ["an algorithm of another kind", { alg: "RSA-OAEP" }, "wrong_alg"],
    ["an algorithm we do not check", { alg: "RS512" }, "wrong_alg"],
    ["an algorithm of another key type", { alg: "ES256" }, "wrong_alg"],
    ["a key type of another kind", { kty: "oct" }, "wrong_kty"],
    ["a key type in another case", { kty: "rsa" }, "wrong_kty"],
    ["a private exponent", { d: "AQAB" }, "private_members"],
    ["a private prime alone", { p: "AQAB" }, "private_members"],
    ["a symmetric secret", { k: "AQAB" }, "private_members"],
    ["e = 1", { e: "AQ" }, "weak_rsa"],
    ["an even e", { e: "AQAA" }, "weak_rsa"],
    ["e = 0", { e: "AA" }, "weak_rsa"],
    ["an e of 33 bits", { e: "AQAAAAE" }, "weak_rsa"],
    ["no e", { e: undefined }, "malformed"],
    ["an n with padding", { n: "AQAB=" }, "malformed"],
    ["an n that is no text", { n: 5 }, "malformed"],
  ])("JW-19 %s", async (_, members, reason) => {
    expect(await rejection({ ...rsa.jwk, ...members })).toBe(reason);
  });

  test("JW-19 RSA of 1,024, 2,047 and 8,200 bits, and an even modulus", async () => {
    expect(await rejection({ ...rsa.jwk, n: modulus(128) })).toBe("weak_rsa");
    expect(await rejection({ ...rsa.jwk, n: base64url(new Uint8Array(256).fill(0x7f)) })).toBe("weak_rsa");
    expect(await rejection({ ...rsa.jwk, n: modulus(1025) })).toBe("weak_rsa");
    expect(await rejection({ ...rsa.jwk, n: modulus(256, 0) })).toBe("weak_rsa");
  });

  test("JW-19 leading zero bytes do not make a short modulus long", async () => {
    const short = crypto.getRandomValues(new Uint8Array(256));
    short.fill(0, 0, 128);
    short[255] = 1;
    expect(await rejection({ ...rsa.jwk, n: base64url(short) })).toBe("weak_rsa");
  });

  test("JW-19 a modulus with the fingerprint of the ROCA generator", async () => {
    // A number that is 65537 modulo every prime the fingerprint looks at: 65537 + k · (3 · 5 · 7 · … · 167).
    const primes = [
      3n,
      5n,
      7n,
      11n,
      13n,
      17n,
      19n,
      23n,
      29n,
      31n,
      37n,
      41n,
      43n,
      47n,
      53n,
      59n,
      61n,
      67n,
      71n,
      73n,
      79n,
    ];
    primes.push(83n, 89n, 97n, 101n, 103n, 107n, 109n, 113n, 127n, 131n, 137n, 139n, 149n, 151n, 157n, 163n, 167n);
    const product = primes.reduce((a, b) => a * b, 1n);
    const n = 65537n + ((1n << 2047n) / product + 2n) * product * 2n;
    const bytes = Uint8Array.from(n.toString(16).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    expect(bytes).toHaveLength(256);
    expect(await rejection({ ...rsa.jwk, n: base64url(bytes) })).toBe("weak_rsa");
  });

  test("JW-19 a point off the curve, another curve, a coordinate of 31 bytes", async () => {
    const y = String(ec.jwk.y);
    const off = (y[0] === "A" ? "B" : "A") + y.slice(1);
    expect(await rejection({ ...ec.jwk, y: off })).toBe("not_imported");
    expect(await rejection({ ...ec.jwk, crv: "P-384" })).toBe("wrong_curve");
    expect(await rejection({ ...ec.jwk, crv: "secp256k1" })).toBe("wrong_curve");
    expect(await rejection({ ...ec.jwk, x: base64url(new Uint8Array(31)) })).toBe("malformed");
  });

  test("JW-19 what is no object", async () => {
    for (const entry of [null, 5, "key", []]) expect(await rejection(entry)).toBe("not_an_object");
  });
});

describe("a set is refused as a whole", () => {
  test.each([
    ["HTML", "<html>", "not_json"],
    ["nothing", "", "not_json"],
    ["half a text", '{"keys":[{', "not_json"],
    ["a list", "[]", "not_json"],
    ["an error document", '{"error":"x"}', "no_keys"],
    ["no key", '{"keys":[]}', "no_keys"],
    ["keys that are no list", '{"keys":{"a":1}}', "no_keys"],
    ["secrets only", '{"keys":[{"kty":"oct","k":"AAAA"}]}', "none_usable"],
  ])("JW-15 %s", async (_, text, problem) => {
    expect(await readKeySet(text)).toBe(problem);
  });

  test("JW-19 a name given twice, even where one of the two could not be used", async () => {
    const twice = JSON.stringify({ keys: [rsa.jwk, { ...ec.jwk, kid: "rsa" }] });
    expect(await readKeySet(twice)).toBe("repeated_kid");
    expect(await readKeySet(JSON.stringify({ keys: [rsa.jwk, { kty: "oct", kid: "rsa" }] }))).toBe("repeated_kid");
  });

  test("33 keys, while 32 are read", async () => {
    const keys = Array.from({ length: 32 }, (_, i) => ({ ...ed.jwk, kid: `k${i}` }));
    expect((await read(...keys)).keys).toHaveLength(32);
    expect(await readKeySet(JSON.stringify({ keys: [...keys, { ...ed.jwk, kid: "k32" }] }))).toBe("too_many_keys");
  });

  test("reads any text without throwing", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((keys) => `{"keys":[${keys}]}`),
        ),
        async (text) => {
          expect(typeof (await readKeySet(text))).toBe("string");
        },
      ),
    );
  });
});

describe("finding a key", () => {
  test("by name and algorithm, both", async () => {
    const set = await read(rsa.jwk, ec.jwk);
    expect(keyFor(set, { alg: "RS256", kid: "rsa" })).toBeInstanceOf(CryptoKey);
    expect(keyFor(set, { alg: "ES256", kid: "rsa" })).toBeNull();
    expect(keyFor(set, { alg: "HS256", kid: "rsa" })).toBeNull();
    expect(keyFor(set, { alg: "RS256", kid: "ec" })).toBeNull();
  });

  test("without a name only where there is no choice", async () => {
    const other = await createSigner("rsa-2");
    expect(keyFor(await read(rsa.jwk, ec.jwk), { alg: "RS256" })).toBeInstanceOf(CryptoKey);
    expect(keyFor(await read(rsa.jwk, other.jwk), { alg: "RS256" })).toBeNull();
  });

  test("a key that names no algorithm serves both of RSA, and each with its own CryptoKey", async () => {
    const { alg: _, ...open } = rsa.jwk;
    const set = await read(open);
    expect(keyFor(set, { alg: "RS256", kid: "rsa" })?.algorithm.name).toBe("RSASSA-PKCS1-v1_5");
    expect(keyFor(set, { alg: "PS256", kid: "rsa" })?.algorithm.name).toBe("RSA-PSS");
  });

  test("a key called Ed25519 checks what tokens call EdDSA", async () => {
    expect(keyFor(await read({ ...ed.jwk, alg: "Ed25519" }), { alg: "EdDSA", kid: "ed" })).toBeInstanceOf(CryptoKey);
  });

  test("an unchanged key stays the same object, a changed one under the same name does not", async () => {
    const before = await read(rsa.jwk, ec.jwk);
    const same = await readKeySet(jwksOf(ec, rsa), before);
    const renewed = await readKeySet(jwksOf(await createSigner("rsa"), ec), before);
    if (typeof same === "string" || typeof renewed === "string") throw new Error("unusable");
    const header = { alg: "RS256", kid: "rsa" };
    expect(keyFor(same, header)).toBe(keyFor(before, header));
    expect(keyFor(renewed, header)).not.toBe(keyFor(before, header));
  });
});
