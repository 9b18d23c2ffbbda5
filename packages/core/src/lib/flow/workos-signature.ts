import { type Bytes, concatBytes, utf8 } from "../base/bytes.js";
import { AuthError } from "../base/errors.js";

export type SignatureReason = "signature_missing" | "outside_tolerance" | "signature_invalid";

export interface SignatureCheck {
  /** Of the endpoint in the WorkOS dashboard; several while one replaces another. */
  readonly secrets: readonly string[];
  readonly toleranceSeconds: number;
  /** Epoch seconds. */
  readonly now: number;
}

/** `WorkOS-Signature: t=<milliseconds>, v1=<HMAC-SHA-256 in hexadecimal>`; what a later version adds is not looked at. */
const HEADER = /^t=(\d{10,15})\s*,\s*v1=([0-9a-f]{64})(?:\s*,.{0,200})?$/;

export interface SignatureHeader {
  readonly milliseconds: string;
  readonly signature: Bytes;
}

/** `null` for a header that says nothing of this kind. */
export function readSignatureHeader(header: string | null): SignatureHeader | null {
  const [, milliseconds, hexadecimal] = HEADER.exec(header ?? "") ?? [];
  if (milliseconds === undefined || hexadecimal === undefined) return null;
  const bytes = hexadecimal.match(/../g) ?? [];
  return { milliseconds, signature: Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16)) };
}

/** Late or early by more than that: an old delivery that somebody kept, or a clock that is wrong. */
export function isTimely({ milliseconds }: SignatureHeader, { now, toleranceSeconds }: SignatureCheck): boolean {
  return Math.abs(Number(milliseconds) / 1000 - now) <= toleranceSeconds;
}

/** Compared by WebCrypto, which tells nothing by its time. Throws `AuthError` `crypto_failure`. */
export async function isSignedBody(
  body: Uint8Array,
  { milliseconds, signature }: SignatureHeader,
  { secrets }: SignatureCheck,
): Promise<boolean> {
  const signed = concatBytes(utf8(`${milliseconds}.`), body);
  try {
    for (const secret of secrets) {
      const key = await crypto.subtle.importKey("raw", utf8(secret), ALGORITHM, false, ["verify"]);
      if (await crypto.subtle.verify("HMAC", key, signature, signed)) return true;
    }
    return false;
  } catch (cause) {
    throw new AuthError("crypto_failure", "The runtime could not check a webhook's signature.", { cause });
  }
}

const ALGORITHM = { name: "HMAC", hash: "SHA-256" };
