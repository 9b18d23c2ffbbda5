import { base64url, concatBytes, lengthPrefixed, sha256 } from "../base/bytes.js";

/** Whose sessions are meant: ids of two environments or two providers are not the same people. */
export interface RevocationScope {
  readonly realm: string;
  /** `name` of the provider or of the token trust. */
  readonly provider: string;
}

/** Whoever or whatever the entry is about, wholly. */
export const ALL = "all";
/** A person's sessions whose token says nothing of the provider's session: they cannot be told apart from there. */
export const WITHOUT_SID = "without-sid";

const MAX_ID_LENGTH = 1024;

/** The entry of a person, an organisation or a session of the provider: a hash, so that no store's names say who it is. */
export async function entryName(
  { realm, provider }: RevocationScope,
  kind: "user" | "organization" | "sid",
  id: string,
): Promise<string> {
  const texts = ["edgeseal/revocation", realm, provider, kind, id];
  return base64url(await sha256(concatBytes(...texts.map(lengthPrefixed))));
}

/** In a person's entry: one session of ours, by its name in the ledger. */
export function sessionMark(name: string): string {
  return `session:${name}`;
}

/** In a person's entry: their membership of an organisation, by the name of that organisation's entry. */
export function membershipMark(organization: string): string {
  return `member:${organization}`;
}

/** Whether something can be looked for by this id at all. */
export function isRevocableId(id: unknown): id is string {
  return typeof id === "string" && id !== "" && id.length <= MAX_ID_LENGTH && id.isWellFormed();
}
