import { refuseConfig } from "../base/errors.js";
import { unknownOptions } from "../base/option-checks.js";
import type { Runtime } from "../base/ports.js";
import { providerUrl } from "../base/provider-url.js";
import type { TokenAlgorithm } from "../token/algorithms.js";
import { isPlaceholder, isRedirectUri } from "./registration-checks.js";

interface OidcIssuer {
  /** Exactly as in the provider's discovery document and in the `iss` of its tokens, its last slash included. */
  readonly issuer: string;
  /** Of signatures that are believed. Default: RS256, PS256, ES256 and EdDSA; a key fits one of them only. */
  readonly algorithms?: readonly TokenAlgorithm[];
}

interface OidcShared extends OidcIssuer, Partial<Runtime> {
  readonly clientId: string;
  /** Absent: a public client, which PKCE alone protects. */
  readonly clientSecret?: string;
  /**
   * How the secret travels. Default: in the body where the provider says it can read it there, else in the header. Some
   * providers encode the header in ways of their own.
   */
  readonly clientAuthentication?: "client_secret_basic" | "client_secret_post";
  /** The callback registered at the provider. */
  readonly redirectUri: string;
  /**
   * Default: `openid profile email offline_access`, the last one unless the provider's list of scopes leaves it out.
   * `openid` must be among them.
   */
  readonly scopes?: readonly string[];
  /** Further parameters of every authorization URL: `{ prompt: "consent" }`, `{ audience: "https://api.example" }`. */
  readonly authorizationParameters?: Readonly<Record<string, string>>;
  /** Parameter of the authorization URL that names an organisation. Absent: the provider knows none. */
  readonly organizationParameter?: string;
  /** Parameter of the logout URL that says where to go afterwards. Default `post_logout_redirect_uri`. */
  readonly logoutReturnParameter?: string;
  /** Whether a sign-out revokes the refresh token (RFC 7009) where the provider can. Default true. */
  readonly revokeOnLogout?: boolean;
}

/** Which of the provider's tokens a session rests on. */
type SessionToken =
  /** The ID token, which every provider signs for its client. */
  | { readonly sessionToken?: "id_token"; readonly audience?: never }
  /** An access token that is a JWT for this audience (RFC 9068): the identifier of an API at the provider. */
  | { readonly sessionToken?: "access_token"; readonly audience: string }
  /** An access token that is a JWT and names us in `client_id`. */
  | { readonly sessionToken: "access_token"; readonly audience?: never };

export type OidcOptions = OidcShared & SessionToken;

/** The same rule as for `OidcOptions`: an audience means access tokens, a client id alone its ID tokens. */
export type OidcTokensOptions = OidcIssuer & {
  /** Default: what the issuer's discovery document names. */
  readonly jwksUrl?: string;
} & (
    | { readonly clientId: string; readonly sessionToken?: "id_token" | "access_token"; readonly audience?: never }
    | { readonly audience: string; readonly sessionToken?: "access_token"; readonly clientId?: never }
  );

const ALGORITHMS: readonly string[] = ["RS256", "PS256", "ES256", "EdDSA"] satisfies TokenAlgorithm[];
const TOKENS_OPTIONS = ["issuer", "jwksUrl", "clientId", "audience", "sessionToken", "algorithms"];
const OPTIONS = [
  ...TOKENS_OPTIONS.filter((name) => name !== "jwksUrl"),
  ...["clientSecret", "clientAuthentication", "redirectUri", "scopes", "authorizationParameters"],
  ...["organizationParameter", "logoutReturnParameter", "revokeOnLogout", "fetch", "now"],
];
/** Of the authorization URL: what protects a sign-in is set by us alone, in the query where a person's browser shows it. */
const OURS = [
  ...["client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce"],
  ...["code_challenge", "code_challenge_method", "request", "request_uri"],
];

/** Throws `config_invalid` with all problems at once, naming options, never values. */
export function checkTokensOptions(options: OidcTokensOptions): void {
  const { jwksUrl, clientId, audience } = options;
  refuseConfig([
    ...unknownOptions(options, TOKENS_OPTIONS, "oidcTokens"),
    ...issuerProblems(options),
    ...(jwksUrl === undefined || providerUrl(jwksUrl) !== null
      ? []
      : ["`jwksUrl` must be an https URL, or http on a loopback host."]),
    ...((clientId === undefined) === (audience === undefined)
      ? ["Pass `clientId` or `audience`: whom the tokens are for, in exactly one way."]
      : recipientProblems(options)),
  ]);
}

/** Throws `config_invalid` with all problems at once, naming options, never values. */
export function checkOidcOptions(options: OidcOptions): void {
  const { clientId, clientSecret, clientAuthentication, redirectUri, scopes, authorizationParameters = {} } = options;
  const methods: readonly unknown[] = [undefined, "client_secret_basic", "client_secret_post"];
  refuseConfig([
    ...unknownOptions(options, OPTIONS, "oidc"),
    ...issuerProblems(options),
    ...(clientId === undefined ? ["`clientId` is missing: copy it from the provider's console."] : []),
    ...recipientProblems(options),
    ...(clientSecret === undefined || isName(clientSecret)
      ? []
      : ["`clientSecret` is empty or a placeholder: copy it from the provider's console, or leave it out."]),
    ...(methods.includes(clientAuthentication) && (clientAuthentication === undefined || clientSecret !== undefined)
      ? []
      : ["`clientAuthentication` must be `client_secret_basic` or `client_secret_post`, beside a `clientSecret`."]),
    ...(isRedirectUri(redirectUri)
      ? []
      : ["`redirectUri` must be an absolute https URL (http on a loopback host) without fragment."]),
    ...(scopes === undefined || (areScopes(scopes) && scopes.includes("openid"))
      ? []
      : ["`scopes` must be a list of scopes with `openid` among them: without it there is no ID token."]),
    ...Object.keys(authorizationParameters)
      .filter((name) => OURS.includes(name))
      .map((name) => `\`authorizationParameters.${name}\` is set for every sign-in anew and cannot be configured.`),
    ...(Object.values(authorizationParameters).every((value) => typeof value === "string")
      ? []
      : ["`authorizationParameters` must hold texts."]),
    ...(["organizationParameter", "logoutReturnParameter"] as const)
      .filter((name) => !isOptionalName(options[name]))
      .map((name) => `\`${name}\` must be the name of a parameter.`),
  ]);
}

function issuerProblems({ issuer, algorithms }: OidcIssuer): readonly string[] {
  const url = typeof issuer === "string" ? providerUrl(issuer) : null;
  const isFine = url !== null && url.search === "" && url.hash === "" && !issuer.includes("/.well-known/");
  return [
    ...(isFine
      ? []
      : [
          "`issuer` must be an https URL (http on a loopback host) without query and fragment, as the provider's tokens have it: not the address of its discovery document.",
        ]),
    ...(algorithms === undefined ||
    (Array.isArray(algorithms) && algorithms.length > 0 && algorithms.every((one) => ALGORITHMS.includes(one)))
      ? []
      : [`\`algorithms\` must be a list out of ${ALGORITHMS.join(", ")}.`]),
  ];
}

function recipientProblems(options: {
  readonly clientId?: unknown;
  readonly audience?: unknown;
  readonly sessionToken?: unknown;
}): readonly string[] {
  const { clientId, audience, sessionToken } = options;
  const kinds: readonly unknown[] = [undefined, "id_token", "access_token"];
  return [
    ...(isOptionalName(clientId) ? [] : ["`clientId` is empty or a placeholder: copy it from the provider's console."]),
    ...(isOptionalName(audience) ? [] : ["`audience` is empty or a placeholder: name the API as the provider does."]),
    ...(kinds.includes(sessionToken) ? [] : ["`sessionToken` must be `id_token` or `access_token`."]),
    ...(audience !== undefined && sessionToken === "id_token"
      ? ['`audience` and `sessionToken: "id_token"` exclude each other: an ID token is for the client.']
      : []),
  ];
}

/** Ids and secrets of providers: printable ASCII without spaces. */
function isName(value: unknown): boolean {
  return typeof value === "string" && /^[\x21-\x7e]{1,1024}$/.test(value) && !isPlaceholder(value);
}

function isOptionalName(value: unknown): boolean {
  return value === undefined || isName(value);
}

/** RFC 6749 §3.3. */
function areScopes(scopes: unknown): boolean {
  return (
    Array.isArray(scopes) && scopes.every((one) => typeof one === "string" && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(one))
  );
}
