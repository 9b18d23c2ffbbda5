import { createCodes } from "./codes.js";
import { invalidGrant } from "./faults.js";
import type { Grant } from "./grants.js";
import { type Desk, timesOf, type Wire, type WireRequest } from "./wire.js";

export interface WorkosPlace {
  readonly clientId: string;
  /** Without a slash at the end. */
  readonly apiUrl: string;
}

/**
 * AuthKit as its documentation and its SDKs know it, where its emulator differs: `sid` stays over refreshes, tokens live
 * five minutes and have no `aud`, an ended session refreshes no more, and errors come in both shapes (RFC 6749's for
 * grants, `{ code, message }` for everything else).
 */
export function createWorkosWire(desk: Desk, { clientId, apiUrl }: WorkosPlace): Wire {
  const { keys, grants, now, tokenSeconds } = desk;
  const codes = createCodes();
  const base = `${apiUrl}/user_management`;

  function accessToken(grant: Grant, life: number): Promise<string> {
    const { person, organizationId, user, sid, signedInAt } = grant;
    const role = person.role ?? (organizationId === undefined ? undefined : "member");
    return keys.sign({
      // The form of environments since 2025; older ones name the origin alone.
      iss: `${new URL(apiUrl).origin}/user_management/${clientId}`,
      sub: user.id,
      sid,
      jti: crypto.randomUUID(),
      client_id: clientId,
      auth_time: signedInAt,
      ...timesOf(now(), tokenSeconds, life),
      ...(organizationId !== undefined && { org_id: organizationId }),
      ...(role !== undefined && { role, roles: [role] }),
      ...(person.permissions && { permissions: person.permissions }),
      ...person.claims,
    });
  }

  async function tokens(grant: Grant): Promise<Response> {
    const { user, organizationId, refreshToken } = grant;
    return Response.json({
      user: {
        object: "user",
        id: user.id,
        email: user.email,
        email_verified: true,
        first_name: user.firstName ?? null,
        last_name: user.lastName ?? null,
        profile_picture_url: user.profilePictureUrl ?? null,
      },
      ...(organizationId !== undefined && { organization_id: organizationId }),
      access_token: await accessToken(grant, tokenSeconds),
      refresh_token: refreshToken,
      authentication_method: "OAuth",
    });
  }

  async function authenticate(fields: WireRequest["fields"]): Promise<Response> {
    const { grant_type, client_id, refresh_token, organization_id } = fields;
    if (client_id !== clientId) return oauthError("invalid_client", "Invalid client ID.");
    if (grant_type === "authorization_code") {
      const use = await codes.redeem(fields.code, fields.code_verifier);
      return use ? tokens(grants.open(use.person)) : invalidGrant();
    }
    if (grant_type !== "refresh_token") return plainError(400, "unsupported_grant_type");
    if (refresh_token === undefined) return plainError(422, "invalid_request_parameters");
    if (organization_id?.startsWith("org_") === false) return plainError(400, "invalid_organization_id");
    const grant = grants.spend(refresh_token, organization_id);
    return grant ? tokens(grant) : invalidGrant("Refresh token already exchanged.");
  }

  function memberships(userId: string): Response {
    const organizations = new Map(
      grants.ofUser(userId).flatMap(({ organizationId: id, person }) => (id === undefined ? [] : [[id, person.role]])),
    );
    const data = [...organizations].map(([id, slug = "member"]) => ({
      object: "organization_membership",
      id: `om_${id}`,
      user_id: userId,
      organization_id: id,
      organization_name: id,
      role: { slug },
      status: "active",
    }));
    return Response.json({ object: "list", data, list_metadata: { before: null, after: null } });
  }

  function logout(query: URLSearchParams): Response {
    grants.end({ sid: query.get("session_id") ?? "" });
    const back = query.get("return_to") ?? "";
    if (!URL.canParse(back)) return plainError(400, "invalid_return_to");
    return new Response(null, { status: 302, headers: { Location: back } });
  }

  return {
    owns: ({ href }) => href.startsWith(`${apiUrl}/`),

    kindOf({ url, fields }) {
      switch (url.origin + url.pathname) {
        case `${apiUrl}/sso/jwks/${clientId}`:
          return "jwks";
        case `${base}/authenticate`:
          return fields.grant_type === "refresh_token" ? "refresh" : "exchange";
        case `${base}/sessions/revoke`:
        case `${base}/sessions/logout`:
          return "logout";
        default:
          return null;
      }
    },

    async answer({ url, method, fields }) {
      switch (`${method} ${url.origin}${url.pathname}`) {
        case `GET ${apiUrl}/sso/jwks/${clientId}`:
          return Response.json(await keys.published());
        case `GET ${base}/authorize`:
          return codes.authorize(url.searchParams);
        case `POST ${base}/authenticate`:
          return authenticate(fields);
        case `GET ${base}/organization_memberships`:
          return memberships(url.searchParams.get("user_id") ?? "");
        case `GET ${base}/sessions/logout`:
          return logout(url.searchParams);
        case `POST ${base}/sessions/revoke`:
          grants.end({ sid: fields.session_id ?? "" });
          return new Response(null, { status: 200 });
        default:
          return plainError(404, "not_found");
      }
    },

    async issue(person) {
      const grant = grants.open(person);
      const token = await accessToken(grant, person.expiresInSeconds ?? tokenSeconds);
      return { ...grant, sessionToken: token, accessToken: token };
    },
  };
}

function oauthError(error: string, description: string): Response {
  return Response.json({ error, error_description: description }, { status: 400 });
}

function plainError(status: number, code: string): Response {
  return Response.json({ code, message: `The request was refused: ${code}.` }, { status });
}
