import { fromBase64url } from "../base/bytes.js";
import { isRecord, parseJsonObject } from "../base/json.js";

/** What services check with: a public JWK (RFC 7517). */
export interface PublicIdentityKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: "ES256";
  readonly use: "sig";
}

export interface PrivateIdentityKey {
  readonly publicKey: PublicIdentityKey;
  /** The private number. */
  readonly d: string;
}

export type ReadKeys<Keys> =
  | { readonly ok: true; readonly keys: Keys }
  | { readonly ok: false; readonly problems: readonly string[] };

const MAX_KEYS = 16;
const MAX_TEXT_LENGTH = 16_384;

/** Of `IDENTITY_KEY`. The problems never hold text of the key. */
export function readSigningKey(text: unknown): ReadKeys<PrivateIdentityKey> {
  const cure = "`generateIdentityKeys()` makes one.";
  const jwk = typeof text === "string" && text.length <= MAX_TEXT_LENGTH ? parseJsonObject(text) : null;
  if (jwk === null) {
    return { ok: false, problems: [`\`signingKey\` must be the JSON text of a private ES256 JWK; ${cure}`] };
  }
  const problems = keyProblems(jwk, "`signingKey`");
  if (!isNumber(jwk.d)) problems.push(`\`signingKey\` has no private number \`d\`; ${cure}`);
  const publicKey = publicKeyOf(jwk);
  if (problems.length > 0 || publicKey === null || typeof jwk.d !== "string") return { ok: false, problems };
  return { ok: true, keys: { publicKey, d: jwk.d } };
}

/** Of `IDENTITY_KEYS`: a JWK set, in which every key must be one that can be used. */
export function readVerificationKeys(text: unknown): ReadKeys<readonly PublicIdentityKey[]> {
  const set = typeof text === "string" && text.length <= MAX_TEXT_LENGTH ? parseJsonObject(text) : null;
  const entries: unknown = set?.keys;
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAX_KEYS) {
    const form = 'the JSON text of a public JWK set, `{"keys":[…]}`';
    return {
      ok: false,
      problems: [`\`keys\` must be ${form}, with 1 to ${MAX_KEYS} keys; the gateway's \`jwks()\` is one.`],
    };
  }
  const keys: PublicIdentityKey[] = [];
  const problems: string[] = [];
  for (const [at, entry] of entries.entries()) {
    const where = `\`keys[${at}]\``;
    const found = isRecord(entry) ? keyProblems(entry, where) : [`${where} is no JWK.`];
    if (isRecord(entry) && Object.hasOwn(entry, "d")) {
      found.push(`${where} holds a private key: services get the public half alone, and this key must be replaced.`);
    }
    const key = isRecord(entry) ? publicKeyOf(entry) : null;
    if (key !== null && keys.some(({ kid }) => kid === key.kid)) found.push(`${where} has the \`kid\` of another key.`);
    if (key !== null) keys.push(key);
    problems.push(...found);
  }
  return problems.length === 0 ? { ok: true, keys } : { ok: false, problems };
}

function keyProblems(jwk: Record<string, unknown>, where: string): string[] {
  const { kty, crv, x, y, kid, alg, use } = jwk;
  const problems: string[] = [];
  if (kty !== "EC" || crv !== "P-256") problems.push(`${where} must be an EC key on the curve P-256.`);
  else if (!isNumber(x) || !isNumber(y)) problems.push(`${where} must have \`x\` and \`y\` of 32 bytes in base64url.`);
  if (alg !== undefined && alg !== "ES256") problems.push(`${where} must have the \`alg\` ES256.`);
  if (use !== undefined && use !== "sig") problems.push(`${where} must have the \`use\` sig.`);
  if (!isKid(kid)) problems.push(`${where} needs a \`kid\` of 1 to 128 printable characters: rotation goes by it.`);
  return problems;
}

function publicKeyOf({ x, y, kid }: Record<string, unknown>): PublicIdentityKey | null {
  if (typeof x !== "string" || typeof y !== "string" || !isKid(kid)) return null;
  return { kty: "EC", crv: "P-256", x, y, kid, alg: "ES256", use: "sig" };
}

function isNumber(value: unknown): value is string {
  return typeof value === "string" && fromBase64url(value)?.length === 32;
}

function isKid(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{1,128}$/.test(value);
}
