import { utf8 } from "../base/bytes.js";
import { readToken } from "../token/read-token.js";
import type { Session } from "./session.js";

export interface SizedPart {
  /** A claim of the access token by its name, or a field of the session. */
  readonly name: string;
  readonly bytes: number;
}

/** More than these would not help anybody to find what is large. */
const MOST = 4;
/** Names are the provider's configuration, but they end up in messages and logs. */
const PLAIN_NAME = /^[\w:./-]{1,64}$/;

/** What takes the most room in a session, largest first: names and sizes, never a value. */
export function largestParts(session: Session): readonly SizedPart[] {
  const { accessToken, refreshToken = "", user, impersonator } = session;
  const claims = Object.entries(readToken(accessToken)?.claims ?? {}).map(([name, value]) => ({
    name: `claim ${PLAIN_NAME.test(name) ? name : "with an unusual name"}`,
    bytes: sizeOf(JSON.stringify({ [name]: value })) - "{}".length,
  }));
  const fields = Object.entries({ refreshToken, ...user, impersonator }).map(([name, value]) => ({
    name,
    bytes: sizeOf(typeof value === "string" ? value : JSON.stringify(value ?? "")),
  }));
  return [...claims, ...fields].sort((a, b) => b.bytes - a.bytes).slice(0, MOST);
}

function sizeOf(text: string): number {
  return utf8(text).length;
}
