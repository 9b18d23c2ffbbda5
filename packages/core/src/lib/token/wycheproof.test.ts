import { compactVerify } from "jose/jws/compact/verify";
import { describe, expect, inject, test } from "vitest";
import { base64url, isBase64url } from "../base/bytes.js";
import { signatureBytes } from "./algorithms.js";
import { keyFor, readKeySet } from "./key-set.js";
import { verifyToken } from "./verify.js";

interface JoseGroup {
  readonly comment: string;
  readonly private?: Jwk | { readonly keys: readonly Jwk[] };
  readonly public?: Jwk | { readonly keys: readonly Jwk[] };
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
    readonly jws?: unknown;
    readonly result: string;
  }[];
}
interface SignatureGroup {
  readonly publicKey: { readonly uncompressed?: string };
  readonly tests: readonly {
    readonly tcId: number;
    readonly msg: string;
    readonly sig: string;
    readonly result: string;
  }[];
}
type Jwk = Readonly<Record<string, unknown>>;

const files = inject("wycheproof");
const groupsOf = <Group>(name: string): readonly Group[] =>
  files?.[name] === undefined ? [] : (JSON.parse(files[name]) as { testGroups: Group[] }).testGroups;

/**
 * The vectors sign "foo" and the like, which is no claims set. What our profile is made of is checked part by part: the
 * strict text, the algorithm, the key set, and the runtime's signature.
 */
async function isAccepted(jws: string, keys: readonly Jwk[]): Promise<boolean> {
  const segments = jws.split(".");
  const [header = "", , signature = ""] = segments;
  if (segments.length !== 3 || !segments.every(isBase64url) || jws.length > 16_384) return false;
  const text = atob(header.replaceAll("-", "+").replaceAll("_", "/"));
  const parsed = parse(text);
  const { alg, kid, crit, b64 } = parsed ?? {};
  if (typeof alg !== "string" || crit !== undefined || b64 !== undefined) return false;
  if (!["RS256", "PS256", "ES256", "EdDSA"].includes(alg)) return false;
  const set = await readKeySet(JSON.stringify({ keys }));
  if (typeof set === "string") return false;
  const key = keyFor(set, { alg, ...(typeof kid === "string" && { kid }) });
  if (key === null || (signature.length * 3) >>> 2 !== signatureBytes(key)) return false;
  return compactVerify(jws, key, { algorithms: [alg] }).then(
    () => true,
    () => false,
  );
}

function algOf(jws: string): string {
  return String(parse(atob((jws.split(".")[0] ?? "").replaceAll("-", "+").replaceAll("_", "/")))?.alg);
}

function parse(text: string): Jwk | null {
  try {
    return JSON.parse(text) as Jwk;
  } catch {
    return null;
  }
}

function publicKeysOf(group: JoseGroup): readonly Jwk[] {
  const given = group.public ?? group.private ?? {};
  const keys = "keys" in given ? (given.keys as readonly Jwk[]) : [given as Jwk];
  const halves = group.public ? [] : ["d", "p", "q", "dp", "dq", "qi"];
  return keys.map((key) => Object.fromEntries(Object.entries(key).filter(([name]) => !halves.includes(name))));
}

describe.skipIf(files === null)("Wycheproof (skipped: set WYCHEPROOF_DIR to the folder with the vector files)", () => {
  /** Rejected although the vector is valid: our profile is narrower, on purpose. */
  const NARROWER = new Set(["HS256", "HS384", "HS512", "RS384", "RS512", "PS384", "PS512", "ES512", "ES521", "ES384"]);

  test.each(["json_web_signature_test.json", "json_web_crypto_test.json", "json_web_key_test.json"])(
    "JW-06 JW-19 %s: every invalid signature is refused, every valid one of our profile accepted",
    async (name) => {
      const wrong: string[] = [];
      let accepted = 0;
      for (const group of groupsOf<JoseGroup>(name)) {
        const keys = publicKeysOf(group);
        for (const { tcId, comment, jws, result } of group.tests) {
          // A few are in the JSON serialisation, which is no token at all.
          if (typeof jws !== "string") continue;
          const isOk = await isAccepted(jws, keys);
          if (isOk) accepted++;
          const inProfile =
            keys.every(({ alg, kty }) => !NARROWER.has(String(alg)) && kty !== "oct") && !NARROWER.has(algOf(jws));
          if (result === "valid" ? inProfile && !isOk : isOk)
            wrong.push(`${tcId} ${group.comment} ${comment} ${result}`);
          // And through the front door: none of these payloads is a claims set, so none may pass, or throw.
          const source = { find: () => Promise.reject(new Error("asked for a key")) };
          const options = { issuer: "joe", clientId: "c", algorithms: ["RS256", "PS256", "ES256", "EdDSA"] } as const;
          expect((await verifyToken(jws, source, options)).ok).toBe(false);
        }
      }
      expect(wrong).toEqual([]);
      expect(accepted).toBeGreaterThan(0);
    },
  );

  test("JW-19 ecdsa_secp256r1_sha256_p1363_test.json: the runtime checks ES256 as the vectors say", async () => {
    const counts = { right: 0, wrong: [] as number[] };
    for (const { publicKey, tests } of groupsOf<SignatureGroup>("ecdsa_secp256r1_sha256_p1363_test.json")) {
      const point = bytesOfHex(publicKey.uncompressed ?? "");
      const jwk = { kty: "EC", crv: "P-256", x: base64url(point.slice(1, 33)), y: base64url(point.slice(33)) };
      const set = await readKeySet(JSON.stringify({ keys: [jwk] }));
      const key = typeof set === "string" ? null : keyFor(set, { alg: "ES256" });
      for (const { tcId, msg, sig, result } of tests) {
        const signature = bytesOfHex(sig);
        const isOk =
          key !== null &&
          signature.length === signatureBytes(key) &&
          (await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, bytesOfHex(msg)));
        if (isOk === (result === "valid")) counts.right++;
        else counts.wrong.push(tcId);
      }
    }
    expect(counts).toEqual({ right: 262, wrong: [] });
  });

  test("JW-19 rsa_signature_2048_sha256_test.json: the runtime checks RS256 as the vectors say", async () => {
    const counts = { right: 0, wrong: [] as number[] };
    type RsaGroup = SignatureGroup & {
      readonly publicKey: { readonly modulus: string; readonly publicExponent: string };
    };
    for (const { publicKey, tests } of groupsOf<RsaGroup>("rsa_signature_2048_sha256_test.json")) {
      const jwk = { kty: "RSA", n: textOfHex(publicKey.modulus), e: textOfHex(publicKey.publicExponent), alg: "RS256" };
      const set = await readKeySet(JSON.stringify({ keys: [jwk] }));
      const key = typeof set === "string" ? null : keyFor(set, { alg: "RS256" });
      for (const { tcId, msg, sig, result } of tests) {
        const signature = bytesOfHex(sig);
        const isOk =
          key !== null &&
          signature.length === signatureBytes(key) &&
          (await crypto.subtle.verify({ name: "RSASSA-PKCS1-v1_5" }, key, signature, bytesOfHex(msg)));
        // "acceptable": a missing NULL in the digest's name, which a verifier may take or leave.
        if (result === "acceptable" || isOk === (result === "valid")) counts.right++;
        else counts.wrong.push(tcId);
      }
    }
    expect(counts).toEqual({ right: 259, wrong: [] });
  });
});

function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function textOfHex(hex: string): string {
  const bytes = bytesOfHex(hex.length % 2 === 0 ? hex : `0${hex}`);
  return base64url(bytes.subarray(bytes.findIndex((byte) => byte !== 0)));
}
