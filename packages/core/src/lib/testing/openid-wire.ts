import { base64url, sha256, utf8 } from "../base/bytes.js";
import { discoveryUrl } from "../token/discovery.js";
import { createCodes } from "./codes.js";
import { invalidGrant } from "./faults.js";
import type { Grant } from "./grants.js";
import { type Desk, timesOf, type Wire, type WireRequest } from "./wire.js";

export interface OpenidPlace {
  readonly issuer: string;
  readonly clientId: string;
}

/**
 * An OpenID provider: discovery, code with PKCE and `nonce`, `iss` in the response, rotating refresh tokens, revocation
 * and end-session. Its access tokens say `at+jwt` (RFC 9068) and are for this client unless `claims.aud` of the person
 * says otherwise; then sessions rest on them, and on the ID token else, as `oidc()` has it with and without `audience`.
 */
export function createOpenidWire(desk: Desk, { issuer, clientId }: OpenidPlace): Wire {
  const { keys, grants, now, tokenSeconds } = desk;
  const codes = createCodes(issuer);
  const base = issuer.replace(/\/$/, "");

  function accessToken({ person, user, sid, organizationId }: Grant, life: number): Promise<string> {
    const claims = {
      iss: issuer,
      sub: user.id,
      aud: clientId,
      client_id: clientId,
      sid,
      jti: crypto.randomUUID(),
      ...timesOf(now(), tokenSeconds, life),
      ...authorityOf(person, organizationId),
      ...person.claims,
    };
    return keys.sign(claims, { typ: "at+jwt" });
  }

  function idToken(grant: Grant, life: number, more: object = {}): Promise<string> {
    const { person, user, sid, signedInAt, organizationId } = grant;
    const { aud: _forAnApi, ...claims } = person.claims ?? {};
    return keys.sign({
      iss: issuer,
      sub: user.id,
      aud: clientId,
      sid,
      auth_time: signedInAt,
      ...timesOf(now(), tokenSeconds, life),
      ...namesOf(grant),
      ...authorityOf(person, organizationId),
      ...claims,
      ...more,
    });
  }

  async function tokens(grant: Grant, nonce?: string): Promise<Response> {
    const access = await accessToken(grant, tokenSeconds);
    const hash = base64url((await sha256(utf8(access))).subarray(0, 16));
    return Response.json({
      access_token: access,
      token_type: "Bearer",
      expires_in: tokenSeconds,
      refresh_token: grant.refreshToken,
      id_token: await idToken(grant, tokenSeconds, { at_hash: hash, ...(nonce !== undefined && { nonce }) }),
      scope: "openid profile email offline_access",
    });
  }

  async function token({ headers, fields }: WireRequest): Promise<Response> {
    if ((fields.client_id ?? basicUser(headers)) !== clientId) {
      return Response.json({ error: "invalid_client" }, { status: 401 });
    }
    if (fields.grant_type === "authorization_code") {
      const use = await codes.redeem(fields.code, fields.code_verifier);
      return use ? tokens(grants.open(use.person), use.nonce) : invalidGrant();
    }
    if (fields.grant_type !== "refresh_token") {
      return Response.json({ error: "unsupported_grant_type" }, { status: 400 });
    }
    const grant = grants.spend(fields.refresh_token ?? "");
    return grant ? tokens(grant) : invalidGrant();
  }

  function logout(query: URLSearchParams): Response {
    grants.end({ sid: query.get("logout_hint") ?? "" });
    const back = query.get("post_logout_redirect_uri") ?? "";
    return URL.canParse(back)
      ? new Response(null, { status: 302, headers: { Location: back } })
      : new Response("You are signed out.");
  }

  return {
    owns: ({ href }) => href.startsWith(`${base}/`),

    kindOf({ url, fields }) {
      switch (url.origin + url.pathname) {
        case `${base}/jwks`:
          return "jwks";
        case `${base}/token`:
          return fields.grant_type === "refresh_token" ? "refresh" : "exchange";
        case `${base}/revoke`:
        case `${base}/logout`:
          return "logout";
        default:
          return null;
      }
    },

    async answer(request) {
      const { url, method, fields } = request;
      switch (`${method} ${url.origin}${url.pathname}`) {
        case `GET ${discoveryUrl(issuer)}`:
          return Response.json(documentOf(issuer, base));
        case `GET ${base}/jwks`:
          return Response.json(await keys.published());
        case `GET ${base}/authorize`:
          return codes.authorize(url.searchParams);
        case `POST ${base}/token`:
          return token(request);
        case `POST ${base}/revoke`:
          grants.end({ refreshToken: fields.token ?? "" });
          return new Response(null, { status: 200 });
        case `GET ${base}/logout`:
          return logout(url.searchParams);
        default:
          return Response.json({ error: "not_found" }, { status: 404 });
      }
    },

    async issue(person) {
      const grant = grants.open(person);
      const life = person.expiresInSeconds ?? tokenSeconds;
      const access = await accessToken(grant, life);
      const restsOnAccessToken = person.claims?.aud !== undefined;
      return { ...grant, accessToken: access, sessionToken: restsOnAccessToken ? access : await idToken(grant, life) };
    },
  };
}

/** OpenID Connect Discovery 1.0 §3. */
function documentOf(issuer: string, base: string): object {
  return {
    issuer,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    jwks_uri: `${base}/jwks`,
    revocation_endpoint: `${base}/revoke`,
    end_session_endpoint: `${base}/logout`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
    authorization_response_iss_parameter_supported: true,
  };
}

/** OpenID Connect Core §5.1. */
function namesOf({ user }: Grant): object {
  const { email, firstName, lastName, profilePictureUrl } = user;
  return { email, email_verified: true, given_name: firstName, family_name: lastName, picture: profilePictureUrl };
}

function authorityOf({ role, permissions }: Grant["person"], organizationId: string | undefined): object {
  return { org_id: organizationId, role, permissions };
}

/** RFC 6749 §2.3.1. */
function basicUser(headers: Headers): string | undefined {
  const credentials = headers.get("Authorization")?.match(/^Basic ([\w+/=]+)$/)?.[1];
  return credentials === undefined ? undefined : decodeURIComponent(atob(credentials).split(":")[0] ?? "");
}
