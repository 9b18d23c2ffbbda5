import { refuseConfig } from "../base/errors.js";
import { isRecord, isText } from "../base/json.js";
import { unknownOptions } from "../base/option-checks.js";
import type { Origins } from "../policy/origins.js";
import type { AuthHost } from "./auth-proxy-options.js";

export interface WorkosDomainOptions {
  readonly clientId: string;
  /** The apps, AuthKit's own domain, and where people sign in for it (Google, an organisation's provider). */
  readonly redirects: Origins;
  /**
   * For `authkit-js` and `authkit-react` with this host as `apiHostname`: opens `POST /user_management/authenticate` to these
   * origins, with the cookies that hold the refresh token. Default: no script calls this host.
   */
  readonly singlePage?: {
    readonly origins: Origins;
    /** WorkOS does not document their names: take them from a browser that is signed in. */
    readonly cookies: readonly string[];
  };
  /** More paths, such as a callback of a connection. Those that take the API key have no place here. Default: none. */
  readonly paths?: readonly string[];
  /** Default `https://api.workos.com`. */
  readonly upstream?: string;
}

/**
 * A rule for `hosts`: the part of the Authentication API that browsers go through. `Authorization` never passes, so no API key
 * works here. Throws `config_invalid` with every problem of its own; the others are told by `createAuthProxy`.
 */
export function workosDomain(options: WorkosDomainOptions): AuthHost {
  refuseConfig(optionProblems(options));
  const { clientId, redirects, singlePage, paths = [], upstream = "https://api.workos.com" } = options;
  return {
    upstream,
    paths: [
      "/user_management/authorize",
      "/user_management/sessions/logout",
      `/sso/jwks/${clientId}`,
      ...(singlePage ? ["/user_management/authenticate"] : []),
      ...paths,
    ],
    cookies: singlePage?.cookies ?? [],
    redirects,
    ...(singlePage && { origins: singlePage.origins }),
  };
}

function optionProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`workosDomain` takes an object of options."];
  const known = ["clientId", "redirects", "singlePage", "paths", "upstream"];
  const problems = unknownOptions(options, known, "workosDomain");
  const { clientId, redirects, singlePage, paths } = options;
  if (!isText(clientId) || !/^\w+$/.test(clientId)) problems.push("`clientId` must be the id of the application.");
  if (redirects === undefined) problems.push("`redirects` is missing: where a sign-in may lead.");
  if (singlePage !== undefined) {
    if (!isRecord(singlePage)) problems.push("`singlePage` must be `{ origins, cookies }`, or left out.");
    else {
      problems.push(...unknownOptions(singlePage, ["origins", "cookies"], "singlePage"));
      if (singlePage.origins === undefined) problems.push("`singlePage.origins` is missing: whose scripts may call.");
    }
  }
  if (paths !== undefined && !Array.isArray(paths)) problems.push("`paths` must be a list of paths.");
  return problems;
}
