import { base64url, randomBytes, sha256, utf8 } from "../base/bytes.js";

/** RFC 7636 §4: the secret half stays in the flow cookie, the other half goes into the authorization URL. */
export interface Pkce {
  readonly codeVerifier: string;
  readonly codeChallenge: string;
}

/** A fresh pair of 256 random bits. The method is S256; `plain` does not exist here (RFC 9700 §2.1.1). */
export async function createPkce(): Promise<Pkce> {
  const codeVerifier = base64url(randomBytes(32));
  return { codeVerifier, codeChallenge: await challengeOf(codeVerifier) };
}

/** The S256 challenge of a verifier. Throws a `RangeError` for what RFC 7636 §4.1 does not allow as a verifier. */
export async function challengeOf(codeVerifier: string): Promise<string> {
  if (!isCodeVerifier(codeVerifier)) {
    throw new RangeError("A code verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~ (RFC 7636).");
  }
  return base64url(await sha256(utf8(codeVerifier)));
}

export function isCodeVerifier(text: string): boolean {
  return /^[\w.~-]{43,128}$/.test(text);
}
