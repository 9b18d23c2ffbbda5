import { base64url, utf8 } from "../src/lib/base/bytes.js";
import type { Runtime } from "../src/lib/base/ports.js";
import { discoveryUrl } from "../src/lib/token/discovery.js";
import { jwksOf, NOW, type Signer } from "./tokens.js";

export const ISSUER = "https://login.example.com";
export const CLIENT_ID = "client-1";

export interface OpenidIssuer {
  readonly fetch: Runtime["fetch"];
  /** Addresses asked, in order. */
  readonly asked: string[];
  /** Bodies the token endpoint and the revocation endpoint got. */
  readonly forms: URLSearchParams[];
  readonly headers: Headers[];
  /** What lies at an address instead of what belongs there; an error is thrown. */
  readonly instead: Map<string, () => Response | Promise<Response>>;
  /** Members of the discovery document; `undefined` leaves one out. */
  document: Record<string, unknown>;
  /** What the token endpoint answers. */
  tokens: () => Promise<unknown>;
  idToken(claims?: object, header?: object): Promise<string>;
}

/** A provider that says what it is told to, for what a real one cannot be made to say. */
export function createOpenidIssuer(signer: Signer): OpenidIssuer {
  const asked: string[] = [];
  const forms: URLSearchParams[] = [];
  const headers: Headers[] = [];
  const instead: OpenidIssuer["instead"] = new Map();

  const idToken: OpenidIssuer["idToken"] = (claims = {}, header = {}) =>
    signer.sign(
      { iss: ISSUER, sub: "user-1", aud: CLIENT_ID, iat: NOW - 1, exp: NOW + 300, nonce: "n-1", ...claims },
      header,
    );

  const issuer: OpenidIssuer = {
    asked,
    forms,
    headers,
    instead,
    idToken,
    document: {
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/authorize`,
      token_endpoint: `${ISSUER}/token`,
      jwks_uri: `${ISSUER}/keys`,
      userinfo_endpoint: `${ISSUER}/me`,
      revocation_endpoint: `${ISSUER}/revoke`,
      end_session_endpoint: `${ISSUER}/end`,
    },
    tokens: async () => ({
      access_token: "opaque-1",
      token_type: "Bearer",
      expires_in: 300,
      refresh_token: "r-1",
      id_token: await idToken(),
    }),
    async fetch(input, init) {
      asked.push(input);
      const other = instead.get(input);
      if (other) return other();
      if (input === discoveryUrl(ISSUER)) return Response.json(issuer.document);
      if (input === `${ISSUER}/keys`) return new Response(jwksOf(signer));
      if (input === `${ISSUER}/me`)
        return Response.json({ sub: "user-1", email: "ada@example.com", given_name: "Ada" });
      forms.push(new URLSearchParams(String(init?.body)));
      headers.push(new Headers(init?.headers));
      if (input === `${ISSUER}/revoke`) return new Response(null, { status: 200 });
      if (input === `${ISSUER}/token`) return Response.json(await issuer.tokens());
      throw new TypeError(`Nobody is at ${input}.`);
    },
  };
  return issuer;
}

/** `at_hash` of OpenID Connect Core §3.1.3.6. */
export async function atHash(accessToken: string, hash: "SHA-256" | "SHA-512" = "SHA-256"): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest(hash, utf8(accessToken)));
  return base64url(bytes.subarray(0, bytes.length / 2));
}
