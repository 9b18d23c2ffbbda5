import { refuseConfig } from "../base/errors.js";
import { unknownOptions } from "../base/option-checks.js";
import type { Runtime } from "../base/ports.js";
import { providerUrl } from "../base/provider-url.js";
import { isPlaceholder, isRedirectUri } from "./registration-checks.js";
import type { WorkosClient } from "./workos-client.js";

interface WorkosShared extends Partial<Runtime> {
  readonly clientId: string;
  /** Registered at WorkOS: https, or http on a loopback host. */
  readonly redirectUri: string;
  /** Default: both forms WorkOS uses for this client id, with and without trailing slash. */
  readonly issuer?: string | readonly [string, ...string[]];
  /** Default https://api.workos.com; a custom domain or the emulator. */
  readonly apiUrl?: string;
}

export type WorkosOptions = WorkosShared &
  (
    | { readonly apiKey: string; readonly client?: never }
    /**
     * `new WorkOS(apiKey, { clientId, maxRetries: 0 })` of `@workos-inc/node` fits as it is (48.8 KB gzip; the light client is
     * far smaller). By itself it repeats failed calls, and a refresh token works once: when to try again is for the ledger to say.
     */
    | { readonly client: WorkosClient; readonly apiKey?: never }
  );

export interface WorkosTokensOptions {
  readonly clientId: string;
  /** Default: both forms WorkOS uses for this client id, with and without trailing slash. */
  readonly issuer?: string | readonly [string, ...string[]];
  /** Default https://api.workos.com; a custom domain or the emulator. */
  readonly apiUrl?: string;
}

export interface WorkosPlace {
  /** Without a slash at the end. */
  readonly apiUrl: string;
  readonly issuer: readonly [string, ...string[]];
}

export const DEFAULT_API_URL = "https://api.workos.com";

const TOKENS_OPTIONS = ["clientId", "issuer", "apiUrl"];
const OPTIONS = [...TOKENS_OPTIONS, "redirectUri", "apiKey", "client", "fetch", "now"];

/** Checks the options of `workosTokens`. Throws `config_invalid` with all problems at once. */
export function readTokensOptions(options: WorkosTokensOptions): WorkosPlace {
  refuseConfig([...unknownOptions(options, TOKENS_OPTIONS, "workosTokens"), ...sharedProblems(options)]);
  return placeOf(options);
}

/** Checks the options of `workos`. Throws `config_invalid` with all problems at once, naming options, never values. */
export function readWorkosOptions(options: WorkosOptions): WorkosPlace {
  const { redirectUri, apiKey, client } = options;
  refuseConfig([
    ...unknownOptions(options, OPTIONS, "workos"),
    ...sharedProblems(options),
    ...(isRedirectUri(redirectUri)
      ? []
      : [
          "`redirectUri` must be an absolute https URL (http on a loopback host) without fragment: the callback registered at WorkOS.",
        ]),
    ...credentialProblems(apiKey, client),
  ]);
  return placeOf(options);
}

function sharedProblems({ clientId, issuer, apiUrl }: WorkosTokensOptions): readonly string[] {
  const issuers = typeof issuer === "string" ? [issuer] : (issuer ?? [DEFAULT_API_URL]);
  return [
    ...(isIdentifier(clientId)
      ? []
      : ["`clientId` is missing or a placeholder: copy `client_…` from the WorkOS dashboard."]),
    ...(issuers.length > 0 && issuers.every((one) => typeof one === "string" && one.trim() === one && one !== "")
      ? []
      : ["`issuer` must be a text or a list of texts, exactly as in the tokens' `iss`, without spaces around."]),
    ...(apiUrl === undefined || baseOf(apiUrl) !== null
      ? []
      : ["`apiUrl` must be an https URL (http on a loopback host) without query, fragment and credentials."]),
  ];
}

function credentialProblems(apiKey: unknown, client: unknown): readonly string[] {
  if (apiKey !== undefined && client !== undefined) return ["`apiKey` and `client` exclude each other: pass one."];
  if (client !== undefined) {
    return hasCalls(client)
      ? []
      : ["`client` must be a client of `@workos-inc/node` (`new WorkOS(apiKey, { clientId })`)."];
  }
  return isIdentifier(apiKey)
    ? []
    : ["`apiKey` is missing or a placeholder: set `sk_…` from the WorkOS dashboard, or pass a `client`."];
}

/** Keys and ids of WorkOS: one word, and not one left over from a template. */
function isIdentifier(value: unknown): value is string {
  if (typeof value !== "string" || !/^[\w-]{3,512}$/.test(value)) return false;
  return !isPlaceholder(value.replace(/^(client|sk)_(test_|live_)?/, ""));
}

function hasCalls(client: unknown): boolean {
  if (typeof client !== "object" || client === null || !("userManagement" in client)) return false;
  const { userManagement } = client;
  return typeof userManagement === "object" && userManagement !== null && "authenticateWithCode" in userManagement;
}

function baseOf(apiUrl: string): { readonly href: string; readonly origin: string } | null {
  const url = providerUrl(apiUrl);
  if (url === null || url.search !== "" || url.hash !== "") return null;
  return { href: url.href.replace(/\/+$/, ""), origin: url.origin };
}

/**
 * WorkOS writes `iss` in one of two forms, depending on the age of the environment, and prints both with and without a
 * slash at the end. Each is named and compared exactly.
 */
function placeOf({ clientId, issuer, apiUrl }: WorkosTokensOptions): WorkosPlace {
  const base = apiUrl === undefined ? null : baseOf(apiUrl);
  const formsAt = (origin: string): readonly [string, ...string[]] => {
    const environment = `${origin}/user_management/${clientId}`;
    return [origin, `${origin}/`, environment, `${environment}/`];
  };
  const isElsewhere = base !== null && base.origin !== DEFAULT_API_URL;
  return {
    apiUrl: base?.href ?? DEFAULT_API_URL,
    issuer:
      typeof issuer === "string"
        ? [issuer]
        : (issuer ?? [...formsAt(DEFAULT_API_URL), ...(isElsewhere ? formsAt(base.origin) : [])]),
  };
}
