import {
  type Client,
  clockSkew,
  expectNoNonce,
  getValidatedIdTokenClaims,
  type IDToken,
  OperationProcessingError,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
  UnsupportedOperationError,
} from "oauth4webapi";
import { base64url, utf8 } from "../base/bytes.js";
import { parseJsonObject } from "../base/json.js";
import type { TokenAlgorithm } from "../token/algorithms.js";
import { readToken } from "../token/read-token.js";
import type { OidcServer } from "./oidc-discovery.js";

/** What of a token endpoint's answer counts (RFC 6749 §5.1). */
export interface OidcTokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly idToken?: string;
  readonly expiresIn?: number;
  readonly scopes?: readonly string[];
}

/** Whose ID tokens are believed. */
export interface OidcParty {
  readonly server: OidcServer;
  readonly clientId: string;
  readonly algorithms: readonly TokenAlgorithm[];
  /** Epoch seconds. */
  readonly now: number;
}

const MAX_TOKEN_LENGTH = 16_384;

/** `null` when it is not what RFC 6749 promises for a status of 200. */
export function readTokens(text: string): OidcTokens | null {
  const answer = parseJsonObject(text);
  if (answer === null || answer.error !== undefined) return null;
  const { access_token, token_type, refresh_token, id_token, expires_in, scope } = answer;
  if (!isToken(access_token) || typeof token_type !== "string" || token_type.toLowerCase() !== "bearer") return null;
  if (!isOptionalToken(refresh_token) || !isOptionalToken(id_token)) return null;
  return {
    accessToken: access_token,
    ...(refresh_token && { refreshToken: refresh_token }),
    ...(id_token && { idToken: id_token }),
    ...(typeof expires_in === "number" && expires_in > 0 && { expiresIn: Math.floor(expires_in) }),
    ...(typeof scope === "string" && { scopes: scope.split(" ").filter((one) => one !== "") }),
  };
}

/**
 * The claims of the ID token, checked by OpenID Connect Core §3.1.3.7 (for a refresh §12.2): form, algorithm, `iss`,
 * `aud`, `azp`, times, `nonce`, and `at_hash` where there is one. `null` when one does not hold. Its signature adds
 * nothing here, because it came from the token endpoint itself; where a session rests on it, it is checked like any other.
 */
export async function checkIdToken(
  party: OidcParty,
  { accessToken, idToken }: OidcTokens,
  expected: { readonly call: "sign-in"; readonly nonce: string | undefined } | { readonly call: "refresh" },
): Promise<IDToken | null> {
  const { clientId, algorithms, now } = party;
  const server = { ...party.server, id_token_signing_alg_values_supported: [...algorithms] };
  const client: Client = { client_id: clientId, [clockSkew]: now - Math.floor(Date.now() / 1000) };
  const response = Response.json({ access_token: accessToken, token_type: "bearer", id_token: idToken });
  const claims = await validated(async () =>
    getValidatedIdTokenClaims(
      expected.call === "refresh"
        ? await processRefreshTokenResponse(server, client, response)
        : await processAuthorizationCodeResponse(server, client, response, {
            expectedNonce: expected.nonce ?? expectNoNonce,
            requireIdToken: true,
          }),
    ),
  );
  if (claims === undefined || idToken === undefined) return null;
  if (claims.azp !== undefined && claims.azp !== clientId) return null;
  const { at_hash: hash } = claims;
  return hash === undefined || hash === (await leftHalf(accessToken, readToken(idToken)?.header.alg)) ? claims : null;
}

async function validated(check: () => Promise<IDToken | undefined>): Promise<IDToken | undefined> {
  try {
    return await check();
  } catch (error) {
    // A claim that does not hold, or a form that is not supported. Anything else is a misuse of ours.
    if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError) return undefined;
    throw error;
  }
}

/** OpenID Connect Core §3.1.3.6: by the hash of the ID token's own algorithm, which for Ed25519 is SHA-512. */
async function leftHalf(accessToken: string, algorithm: string | undefined): Promise<string> {
  const hash = await crypto.subtle.digest(algorithm === "EdDSA" ? "SHA-512" : "SHA-256", utf8(accessToken));
  return base64url(new Uint8Array(hash, 0, hash.byteLength / 2));
}

function isToken(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_TOKEN_LENGTH;
}

/** An empty text says as little as none. */
function isOptionalToken(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || value === "" || isToken(value);
}
