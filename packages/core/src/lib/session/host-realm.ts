import { ledgerName } from "./ledger-name.js";
import type { SessionParts } from "./session-parts.js";

const PLACE_LENGTH = 16;

type Realms = Pick<SessionParts, "realm" | "realmAt">;

/** What the session cookies of this request's host are sealed for. */
export function cookieRealm({ realm, realmAt }: Realms, request: Request): string {
  return realmAt?.(request) ?? realm;
}

/** The name of that host's cookies in the ledger; `undefined` for those of the realm itself. */
export async function hostPlace(parts: Realms, request: Request | undefined): Promise<string | undefined> {
  if (!parts.realmAt || request === undefined) return undefined;
  const realm = cookieRealm(parts, request);
  return realm === parts.realm ? undefined : (await ledgerName(realm, "")).slice(0, PLACE_LENGTH);
}
