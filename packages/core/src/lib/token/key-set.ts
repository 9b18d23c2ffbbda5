import { fromBase64url } from "../base/bytes.js";
import { isRecord, parseJsonObject } from "../base/json.js";
import { IMPORT_PARAMETERS, type TokenAlgorithm } from "./algorithms.js";
import { rsaWeakness } from "./rsa-strength.js";

/** What of a token's header names its key. */
export interface KeyHeader {
  readonly alg: string;
  readonly kid?: string;
}

export interface KeySet {
  readonly keys: readonly VerificationKey[];
  readonly rejected: readonly RejectedKey[];
}

export interface VerificationKey {
  readonly kid?: string;
  readonly alg: TokenAlgorithm;
  readonly key: CryptoKey;
  /** Public members in one text: equal for equal keys only. */
  readonly material: string;
}

export interface RejectedKey {
  readonly kid?: string;
  readonly reason: KeyRejection;
}

export type KeyRejection =
  | "not_an_object"
  | "private_members"
  | "wrong_use"
  | "wrong_key_ops"
  | "wrong_alg"
  | "wrong_kty"
  | "wrong_curve"
  | "malformed"
  | "weak_rsa"
  | "not_imported";

export type KeySetProblem = "not_json" | "no_keys" | "too_many_keys" | "repeated_kid" | "none_usable";

const MAX_KEYS = 32;

/**
 * Reads a JWK set (RFC 7517 §5). A key that is not for checking signatures of ours is skipped with its reason; a set
 * that leaves doubt which key is meant, or leaves none, is refused as a whole. A key that `previous` holds already
 * stays the same `CryptoKey` object, so that whoever remembers it can compare by identity.
 */
export async function readKeySet(text: string, previous?: KeySet): Promise<KeySet | KeySetProblem> {
  const set = parseJsonObject(text);
  if (set === null) return "not_json";
  const { keys: entries } = set;
  if (!Array.isArray(entries) || entries.length === 0) return "no_keys";
  if (entries.length > MAX_KEYS) return "too_many_keys";
  const kids = entries.map(kidOf).filter((kid) => kid !== undefined);
  if (new Set(kids).size !== kids.length) return "repeated_kid";

  const keys: VerificationKey[] = [];
  const rejected: RejectedKey[] = [];
  for (const entry of entries) {
    const kid = kidOf(entry);
    const named = kid === undefined ? {} : { kid };
    const imported = await importKey(entry, previous);
    if (typeof imported === "string") rejected.push({ ...named, reason: imported });
    else for (const one of imported) keys.push({ ...named, ...one });
  }
  return keys.length === 0 ? "none_usable" : { keys, rejected };
}

/** By name, or without one when there is no choice. `null`: the set has no such key. */
export function keyFor(set: KeySet, header: KeyHeader): CryptoKey | null {
  let found: CryptoKey | null = null;
  for (const { kid, alg, key } of set.keys) {
    if (alg !== header.alg || (header.kid !== undefined && kid !== header.kid)) continue;
    if (found !== null) return null;
    found = key;
  }
  return found;
}

function kidOf(entry: unknown): string | undefined {
  return isRecord(entry) && typeof entry.kid === "string" ? entry.kid : undefined;
}

type Imported = Pick<VerificationKey, "alg" | "key" | "material">;

async function importKey(entry: unknown, previous: KeySet | undefined): Promise<KeyRejection | readonly Imported[]> {
  const jwk = publicKeyOf(entry);
  if (typeof jwk === "string") return jwk;
  const material = JSON.stringify(jwk.members);
  try {
    return await Promise.all(
      jwk.algorithms.map(async (alg) => {
        const known = previous?.keys.find((one) => one.alg === alg && one.material === material);
        const key =
          known?.key ?? (await crypto.subtle.importKey("jwk", jwk.members, IMPORT_PARAMETERS[alg], false, VERIFY));
        return { alg, key, material };
      }),
    );
  } catch {
    return "not_imported"; // DataError: WebCrypto refuses points off the curve and numbers it cannot use
  }
}

const VERIFY: ["verify"] = ["verify"];
/** RFC 7518 §6: a set that publishes any of these publishes a secret; such a key proves nothing any more. */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

interface PublicKey {
  readonly algorithms: readonly TokenAlgorithm[];
  /** What defines the key and nothing else: `use` and `key_ops` were checked here and runtimes read them differently. */
  readonly members: { readonly kty: string; readonly [member: string]: string };
}

function publicKeyOf(entry: unknown): KeyRejection | PublicKey {
  if (!isRecord(entry)) return "not_an_object";
  const { kty, use, key_ops, alg, crv } = entry;
  if (kty !== "RSA" && kty !== "EC" && kty !== "OKP") return "wrong_kty";
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(entry, member))) return "private_members";
  if (use !== undefined && use !== "sig") return "wrong_use";
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes("verify"))) return "wrong_key_ops";
  const algorithms = BY_KEY_TYPE[kty].filter((one) => alg === undefined || alg === one || ALIASES[one] === alg);
  if (algorithms.length === 0) return "wrong_alg";
  if (kty === "RSA") {
    const n = bytesOf(entry.n);
    const e = bytesOf(entry.e);
    if (n === null || e === null) return "malformed";
    if (rsaWeakness(n, e) !== null) return "weak_rsa";
    return { algorithms, members: { kty, n: String(entry.n), e: String(entry.e) } };
  }
  if (crv !== (kty === "EC" ? "P-256" : "Ed25519")) return "wrong_curve";
  const coordinates = kty === "EC" ? ["x", "y"] : ["x"];
  if (coordinates.some((name) => bytesOf(entry[name])?.length !== 32)) return "malformed";
  return { algorithms, members: Object.assign({ kty, crv }, ...coordinates.map((name) => ({ [name]: entry[name] }))) };
}

const BY_KEY_TYPE = {
  RSA: ["RS256", "PS256"],
  EC: ["ES256"],
  OKP: ["EdDSA"],
} as const satisfies Record<string, readonly TokenAlgorithm[]>;
/** RFC 9864 §2.2 gives Ed25519 a name of its own; tokens still say `EdDSA`. */
const ALIASES: Readonly<Partial<Record<TokenAlgorithm, string>>> = { EdDSA: "Ed25519" };

function bytesOf(value: unknown): Uint8Array | null {
  return typeof value === "string" ? fromBase64url(value) : null;
}
