import type { ForwardedPerson, ForwardedVisitor } from "./visitor.js";

/** The signed identity: a JWT for one service, one minute. */
export const IDENTITY_HEADER = "Edgeseal-Identity";

/**
 * Headers that only we set: these names and everything that begins with them and a hyphen. Compared without case and with
 * every character that is no letter and no digit as a hyphen: CGI, WSGI and what came after them hand `X_Tenant.ID` to an
 * app under the name of `X-Tenant-ID`.
 */
const RESERVED = /^(?:edgeseal|x[^a-z0-9](?:edgeseal|tenant|user|roles?|permissions?))(?:[^a-z0-9]|$)/i;
/** Of an id or a role: what every header parser gives back unchanged. */
const VALUE = /^[\x21-\x7e]{1,256}$/;
/** Servers of many kinds take 8 KB for all headers together. */
const MAX_LIST_LENGTH = 4_096;

/**
 * A copy in which every inbound spelling of our header names is gone, and `X-User-ID`, `X-Tenant-ID`, `X-User-Role` and
 * `X-User-Permissions` (separated by one space) say who asks. What is not known is absent. For code that runs behind us
 * in the same Worker; cookies stay.
 */
export function identityHeaders(headers: Headers, visitor: ForwardedVisitor): Headers {
  const copy = new Headers(headers);
  writeIdentity(copy, visitor);
  return copy;
}

/** `identityHeaders` into headers that are nobody else's: of a request that was copied for this. */
export function writeIdentity(headers: Headers, visitor: ForwardedVisitor): void {
  removeReserved(headers);
  if (visitor.state === "authenticated") setPlain(headers, visitor);
}

/** Removes everything that could be taken for one of our headers. */
export function removeReserved(headers: Headers): void {
  for (const name of [...headers.keys()]) if (isReserved(name)) headers.delete(name);
  // Whoever lists ours there would have the next machine drop them.
  const listed = headers.get("Connection")?.split(",") ?? [];
  if (listed.some((name) => isReserved(name.trim()))) headers.delete("Connection");
}

/** Sessions that programs send in a header, whatever its name: whoever has one of these texts is the caller. */
export function removeSessionTexts(headers: Headers): void {
  for (const [name, value] of [...headers]) if (/^(?:bearer\s+)?e[soh]1\./i.test(value)) headers.delete(name);
}

export function isReserved(name: string): boolean {
  return RESERVED.test(name);
}

/** All of it or nothing: a person whose organisation is lost on the way would be somebody else. */
function setPlain(headers: Headers, person: ForwardedPerson): void {
  const { user, organizationId, role, permissions } = person;
  if (!VALUE.test(user.id) || !(organizationId === undefined || VALUE.test(organizationId))) return;
  headers.set("X-User-ID", user.id);
  if (organizationId !== undefined) headers.set("X-Tenant-ID", organizationId);
  if (role !== undefined && VALUE.test(role)) headers.set("X-User-Role", role);
  const list = permissions.filter((name) => VALUE.test(name)).join(" ");
  // A part of the list would look like the whole: above the limit only the signed identity has it.
  if (list !== "" && list.length <= MAX_LIST_LENGTH) headers.set("X-User-Permissions", list);
}
