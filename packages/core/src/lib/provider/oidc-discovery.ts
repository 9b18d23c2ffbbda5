import type { AuthorizationServer } from "oauth4webapi";
import { pause } from "../base/deadline.js";
import { AuthError } from "../base/errors.js";
import { fetchText } from "../base/fetch-text.js";
import type { Runtime } from "../base/ports.js";
import { providerUrl } from "../base/provider-url.js";
import { discoveryUrl, readDiscovery } from "../token/discovery.js";

/**
 * Where a provider does what, as its discovery document says; members that are no lists, texts or addresses of the
 * promised form are left out.
 */
export type OidcServer = AuthorizationServer & {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
};

const DEADLINE_MILLISECONDS = 3000;
/** Longer than one fetch takes: after that its owner is taken for dead. */
const FLIGHT_SECONDS = 4;
const MAX_BYTES = 65_536;
const FRESH_SECONDS = 3600;
const STALE_SECONDS = 86_400;
/** Between two tries after a failure. */
const PAUSE_SECONDS = 5;

const ENDPOINTS = ["userinfo_endpoint", "revocation_endpoint", "end_session_endpoint"] as const;
const LISTS = ["scopes_supported", "token_endpoint_auth_methods_supported", "prompt_values_supported"] as const;

/**
 * What is known of a provider, kept in the isolate: used for an hour, then asked for again, and for a day where asking
 * fails. Requests share settled values and times only. The result throws `AuthError` `provider_unreachable` or
 * `provider_malformed` when nothing is known.
 */
export function createDiscovery(issuer: string, { fetch, now }: Runtime): () => Promise<OidcServer> {
  const url = new URL(discoveryUrl(issuer)).href;
  let known: { readonly server: OidcServer; readonly fetchedAt: number } | undefined;
  let failure: { readonly code: "provider_unreachable" | "provider_malformed"; readonly at: number } | undefined;
  let flightEndsAt = 0;

  async function read(): Promise<void> {
    const at = now();
    flightEndsAt = at + FLIGHT_SECONDS;
    const fetched = await fetchText(url, {
      fetch,
      headers: { Accept: "application/json" },
      deadlineMilliseconds: DEADLINE_MILLISECONDS,
      maxBytes: MAX_BYTES,
    });
    flightEndsAt = 0;
    const server = fetched.ok && fetched.status === 200 ? readServer(fetched.text, issuer, url) : null;
    if (server !== null) {
      known = { server, fetchedAt: at };
      failure = undefined;
      return;
    }
    failure = { code: fetched.ok && fetched.status === 200 ? "provider_malformed" : "provider_unreachable", at: now() };
  }

  /** On timers of its own: on Workers a promise of another request may never settle. */
  async function flightEnds(): Promise<void> {
    for (let waited = 0; waited < FLIGHT_SECONDS * 1000 && flightEndsAt > now(); waited += 50) await pause(50);
  }

  return async () => {
    const age = known === undefined ? Number.POSITIVE_INFINITY : now() - known.fetchedAt;
    const isResting = failure !== undefined && now() - failure.at < PAUSE_SECONDS;
    if (age >= FRESH_SECONDS && !isResting) {
      if (flightEndsAt <= now()) await read();
      else if (age >= STALE_SECONDS) await flightEnds();
    }
    if (known !== undefined && now() - known.fetchedAt < STALE_SECONDS) return known.server;
    const code = failure?.code ?? "provider_unreachable";
    throw new AuthError(
      code,
      code === "provider_malformed"
        ? `The discovery document of ${issuer} is not one of that issuer: is \`issuer\` exactly what it names, its last slash included?`
        : `The discovery document of ${issuer} could not be had.`,
    );
  };
}

function readServer(text: string, issuer: string, url: string): OidcServer | null {
  const document = readDiscovery(text, url);
  if (typeof document === "string" || document.issuer !== issuer) return null;
  const { authorization_endpoint, token_endpoint } = document;
  if (!isAddress(authorization_endpoint) || !isAddress(token_endpoint)) return null;
  const promised = document.authorization_response_iss_parameter_supported;
  return {
    issuer,
    authorization_endpoint,
    token_endpoint,
    authorization_response_iss_parameter_supported: promised === true,
    ...Object.fromEntries(ENDPOINTS.filter((name) => isAddress(document[name])).map((name) => [name, document[name]])),
    ...Object.fromEntries(LISTS.filter((name) => isTextList(document[name])).map((name) => [name, document[name]])),
  };
}

function isAddress(value: unknown): value is string {
  return typeof value === "string" && providerUrl(value) !== null;
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
