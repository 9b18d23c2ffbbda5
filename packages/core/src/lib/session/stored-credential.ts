import { base64url, concatBytes, fromBase64url, lengthPrefixed, randomBytes, sha256, utf8 } from "../base/bytes.js";

/**
 * What the cookie holds of a session that lies in a store: an id of 256 random bits, and where to look. It says nothing of the
 * session, and nobody can guess another one.
 */
export interface StoredCredential {
  readonly id: string;
  /** Name of the person's shelf. */
  readonly person: string;
  /** A sealed copy for the time in which a store that lags may not have the record yet. */
  readonly copy?: string;
}

const PREFIX = "eo1.";
const ID_BYTES = 32;
/** 32 bytes in base64url without padding. */
const NAME_LENGTH = 43;

export function newStoredId(): string {
  return base64url(randomBytes(ID_BYTES));
}

export function isStoredCredential(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** `eo1.<id>.<person>` and, with a copy, `.<es1 text>`. */
export function writeStoredCredential({ id, person, copy }: StoredCredential): string {
  return `${PREFIX}${id}.${person}${copy === undefined ? "" : `.${copy}`}`;
}

/** `null` for everything that `writeStoredCredential` does not make. */
export function readStoredCredential(text: string): StoredCredential | null {
  if (!isStoredCredential(text)) return null;
  const [, id = "", person = "", ...rest] = text.split(".");
  if (!isName(id) || !isName(person)) return null;
  if (rest.length === 0) return { id, person };
  const copy = rest.join(".");
  return copy.startsWith("es1.") ? { id, person, copy } : null;
}

/** What the store knows a session by: whoever reads the store cannot show its cookie. */
export async function storedKey(id: string): Promise<string> {
  return base64url(await sha256(concatBytes(lengthPrefixed("edgeseal/opaque"), utf8(id))));
}

function isName(text: string): boolean {
  return text.length === NAME_LENGTH && fromBase64url(text) !== null;
}
