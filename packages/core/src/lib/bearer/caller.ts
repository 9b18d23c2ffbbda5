import { isRecord, isText } from "../base/json.js";
import type { Session } from "../session/session.js";
import type { AccessTokenClaims } from "../token/claims.js";
import type { ReadToken } from "../token/read-token.js";
import type { VerifyTokenOptions } from "../token/verify.js";

/** The client a token was given to, in the words of the providers there are. */
export function clientOf(claims: AccessTokenClaims): string | undefined {
  return [claims.client_id, claims.azp, claims.cid, claims.appid].find((name) => isText(name));
}

/**
 * Whether nobody stands behind this token but a program (client credentials, RFC 6749 §4.4). RFC 9068 §2.2 has the client's id
 * as `sub`; the others are ways of Auth0, Entra ID and Keycloak to say it.
 */
export function isOfMachine(claims: AccessTokenClaims): boolean {
  const { sub, sid, gty, idtyp, preferred_username: name } = claims;
  const client = clientOf(claims);
  if (client !== undefined && (sub === client || sub === `${client}@clients`)) return true;
  if ([gty].flat().some((grant) => grant === "client-credentials" || grant === "client_credentials")) return true;
  // A person may have given themselves such a name; then they have signed in somewhere.
  return idtyp === "app" || (sid === undefined && isText(name) && name.startsWith("service-account-"));
}

/**
 * RFC 8725 §3.12, where a token came from anybody and not, as a session's, from the provider itself. A token that does not
 * say `at+jwt` has to hold what only access tokens do: some providers use one identifier for a client and for its API, and
 * an ID token, which pages and logs get to see, would pass.
 */
export function isAccessToken({ header, claims }: ReadToken, { audience, clientId }: VerifyTokenOptions): boolean {
  if (/^(?:application\/)?at\+jwt$/i.test(header.typ ?? "")) return true;
  const { client_id, scope, scp, gty, azp } = claims;
  if ([client_id, scope, scp, gty].some((claim) => claim !== undefined)) return true;
  return isText(azp) && azp !== (audience ?? clientId);
}

/** `scope` is one text (RFC 9068 §2.2.3), `scp` a text or a list (Okta, Entra ID). */
export function permissionsOf({ permissions = [], scope, scp }: AccessTokenClaims): readonly string[] {
  const scopes = [scope, scp].flat().flatMap((names) => (isText(names) ? names.split(" ") : []));
  return [...new Set([...permissions, ...scopes])].filter((name) => name !== "");
}

/** A person as a session would show them. `sessionId`: the provider's own, or a name that the token alone has. */
export function sessionOf(accessToken: string, claims: AccessTokenClaims, tokenName: string): Session {
  const { sub, sid, org_id, act, iat, exp, auth_time } = claims;
  return {
    accessToken,
    sessionId: sid ?? tokenName,
    user: { id: sub },
    ...(org_id !== undefined && { organizationId: org_id }),
    // RFC 8693 §4.1: somebody else acts as this person.
    ...(isRecord(act) && isText(act.sub) && { impersonator: { email: act.sub } }),
    createdAt: auth_time ?? iat,
    expiresAt: exp,
    endsAt: exp,
    generation: 0,
  };
}
