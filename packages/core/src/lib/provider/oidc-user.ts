import type { IDToken } from "oauth4webapi";
import { fetchText } from "../base/fetch-text.js";
import { isText, parseJsonObject } from "../base/json.js";
import type { Runtime } from "../base/ports.js";
import type { User } from "./provider.js";

const DEADLINE_MILLISECONDS = 1500;
const MAX_BYTES = 65_536;

/** OpenID Connect Core §5.1. The person is `sub`; everything else is for people to read. */
export function userOf(id: string, claims: Readonly<Record<string, unknown>>): User {
  const { email, email_verified, given_name, family_name, picture } = claims;
  // An address that the provider says nobody has proven is worse than none. Some write it as a text.
  const isDoubtful = email_verified === false || email_verified === "false";
  return {
    id,
    ...(isText(email) && !isDoubtful && { email }),
    ...(isText(given_name) && { firstName: given_name }),
    ...(isText(family_name) && { lastName: family_name }),
    ...(isText(picture) && { profilePictureUrl: picture }),
  };
}

/**
 * Who signed in. Where the ID token says no more than `sub`, as §5.4 has it for this flow, UserInfo is asked. Its answer
 * counts for the same `sub` only (§5.3.2), and without one the person comes in without a name.
 */
export async function describeUser(
  idToken: IDToken,
  ask: { readonly endpoint: string | undefined; readonly accessToken: string; readonly fetch: Runtime["fetch"] },
): Promise<User> {
  const user = userOf(idToken.sub, idToken);
  const { endpoint, accessToken, fetch } = ask;
  if (endpoint === undefined || Object.keys(user).length > 1) return user;
  const fetched = await fetchText(endpoint, {
    fetch,
    headers: { Accept: "application/json", Authorization: `Bearer ${accessToken}` },
    deadlineMilliseconds: DEADLINE_MILLISECONDS,
    maxBytes: MAX_BYTES,
  });
  const claims = fetched.ok && fetched.status === 200 ? parseJsonObject(fetched.text) : null;
  return claims?.sub === user.id ? userOf(user.id, claims) : user;
}
