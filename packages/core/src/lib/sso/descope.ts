import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { unknownOptions } from "../base/option-checks.js";
import type { Origins } from "../policy/origins.js";
import type { AuthHost } from "./auth-proxy-options.js";

export interface DescopeHostOptions {
  /** Of the console; the region is read from it. Its users' sessions alone are reached through this host. */
  readonly projectId: string;
  /** The apps whose pages use the SDK with this host as `baseUrl`. */
  readonly origins: Origins;
  /** Apps, and where people sign in socially or through SSO. Default: `origins`. */
  readonly redirects?: Origins;
  /** Names of the session and the refresh cookie. Default `DS` and `DSR`. */
  readonly cookies?: readonly string[];
  /** More paths: `/oauth2/v1/apps/*`. Those of the management API and of access keys have no place here. */
  readonly paths?: readonly string[];
  /** Default: the API of the project's region. */
  readonly upstream?: string;
}

/** What `@descope/core-js-sdk` 2.71 and flows ask for. Not among them: `/v1/mgmt/*` and `/v1/auth/accesskey/exchange`. */
const PATHS = [
  "/v1/flow/*",
  ...["otp", "magiclink", "enchantedlink", "oauth", "saml", "webauthn", "totp", "password", "notp", "onetap"].map(
    (method) => `/v1/auth/${method}/*`,
  ),
  ...["refresh", "try-refresh", "logout", "logoutall", "me", "me/history", "me/tenants", "tenant/select"].map(
    (path) => `/v1/auth/${path}`,
  ),
  // Where a social provider sends people back to.
  "/v1/oauth/callback",
  "/oauth2/v1/authorize",
  "/oauth2/v1/logout",
];
const SDK_HEADERS = [
  // The project, and the refresh token where it is not in the cookie.
  "Authorization",
  "x-descope-project-id",
  "x-descope-refresh-cookie-name",
  "x-descope-sdk-name",
  "x-descope-sdk-session-id",
  "x-descope-sdk-version",
];
const PROJECT_ID = /^[A-Za-z0-9]{28,36}$/;

/** A rule for `hosts`. Throws `config_invalid` with every problem of its own; the others are told by `createAuthProxy`. */
export function descope(options: DescopeHostOptions): AuthHost {
  refuseConfig(optionProblems(options));
  const { projectId, origins, redirects = origins, cookies = ["DS", "DSR"], paths = [] } = options;
  // As the SDK does it: an id of a region other than the first has its name behind the first letter.
  const region = projectId.slice(1, -27);
  return {
    upstream: options.upstream ?? `https://api.${region === "" ? "" : `${region}.`}descope.com`,
    paths: [...PATHS, `/v2/keys/${projectId}`, `/${projectId}/.well-known/*`, ...paths],
    cookies,
    headers: SDK_HEADERS,
    origins,
    redirects,
  };
}

function optionProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`descope` takes an object of options."];
  const known = ["projectId", "origins", "redirects", "cookies", "paths", "upstream"];
  const problems = unknownOptions(options, known, "descope");
  const { projectId, origins, paths } = options;
  if (typeof projectId !== "string" || !PROJECT_ID.test(projectId)) {
    problems.push("`projectId` must be a project's id as the console shows it.");
  }
  if (origins === undefined) problems.push("`origins` is missing: the apps whose pages call this host.");
  if (paths !== undefined && !Array.isArray(paths)) problems.push("`paths` must be a list of paths.");
  return problems;
}
