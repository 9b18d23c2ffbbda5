import { base64url, concatBytes, lengthPrefixed, sha256, utf8 } from "../base/bytes.js";
import type { RevocationScope } from "./revocation-names.js";

/** Name of a person's shelf: a hash, so that no store's names say who it is. */
export async function personName({ realm, provider }: RevocationScope, userId: string): Promise<string> {
  const texts = ["edgeseal/person", realm, provider, userId];
  return base64url(await sha256(concatBytes(...texts.map(lengthPrefixed))));
}

/**
 * The id of a session that moves in from a sealed text: the same whoever of many requests brings it, and known to nobody who
 * does not hold that text.
 */
export async function movedInId(text: string): Promise<string> {
  return base64url(await sha256(concatBytes(lengthPrefixed("edgeseal/moved-in"), utf8(text))));
}
