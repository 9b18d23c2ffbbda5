import { base64url, concatBytes, lengthPrefixed, sha256 } from "../base/bytes.js";

/** The public handle of a session: base64url of SHA-256 over realm and session id. Safe in logs, URLs and lists. */
export async function ledgerName(realm: string, sessionId: string): Promise<string> {
  return base64url(await sha256(concatBytes(lengthPrefixed(realm), lengthPrefixed(sessionId))));
}
