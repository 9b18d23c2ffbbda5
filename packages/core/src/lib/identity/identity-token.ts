import { type Bytes, base64url, fromBase64url, randomBytes, utf8, utf8Text } from "../base/bytes.js";
import { parseJsonObject } from "../base/json.js";
import { importPrivateKey, sign } from "./es256.js";
import { claimsOf, IDENTITY_SECONDS, IDENTITY_TYPE } from "./identity-claims.js";
import type { PrivateIdentityKey } from "./identity-key.js";
import type { ForwardedVisitor } from "./visitor.js";

/** A session's own token is bounded by its cookies; what it says fits into this. */
const MAX_LENGTH = 32_768;

export interface IdentitySigner {
  /** One JWT (RFC 7519) per request. */
  sign(visitor: ForwardedVisitor, audience: string, now: number): Promise<string>;
}

export function createIdentitySigner(key: PrivateIdentityKey, issuer: string): IdentitySigner {
  const header = encode({ alg: "ES256", typ: IDENTITY_TYPE, kid: key.publicKey.kid });
  // The settled key, never the promise of it: another request must not wait on ours.
  let imported: CryptoKey | undefined;

  return {
    async sign(visitor, audience, now) {
      imported ??= await importPrivateKey(key);
      const claims = { iss: issuer, aud: audience, iat: now, exp: now + IDENTITY_SECONDS };
      const jti = base64url(randomBytes(16));
      const content = `${header}.${encode({ ...claims, jti, ...claimsOf(visitor) })}`;
      return `${content}.${base64url(await sign(utf8(content), imported))}`;
    },
  };
}

/** A token's parts with its signature **not** checked. */
export interface ReadIdentityToken {
  readonly kid: string;
  readonly claims: Record<string, unknown>;
  /** What was signed. */
  readonly content: Bytes;
  readonly signature: Bytes;
}

/** Three canonical base64url segments, our algorithm and our type; `null` for every other text. */
export function readIdentityToken(text: string): ReadIdentityToken | null {
  if (text.length > MAX_LENGTH) return null;
  const [first = "", second = "", third = "", ...more] = text.split(".");
  const header = decode(first);
  const claims = decode(second);
  const signature = fromBase64url(third);
  if (more.length > 0 || header === null || claims === null || signature === null) return null;
  const { alg, typ, kid, ...others } = header;
  // Nothing else is in a header of ours: `crit`, `b64`, `jwk` and `jku` would all ask for another reading.
  if (Object.keys(others).length > 0 || alg !== "ES256" || typ !== IDENTITY_TYPE || typeof kid !== "string")
    return null;
  return { kid, claims, content: utf8(`${first}.${second}`), signature };
}

function encode(value: object): string {
  return base64url(utf8(JSON.stringify(value)));
}

function decode(segment: string): Record<string, unknown> | null {
  const bytes = fromBase64url(segment);
  const text = bytes && utf8Text(bytes);
  return text === null ? null : parseJsonObject(text);
}
