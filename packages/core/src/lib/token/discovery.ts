import { parseJsonObject } from "../base/json.js";
import { providerUrl } from "../base/provider-url.js";

const PATH = "/.well-known/openid-configuration";

/** What a provider says about itself (OpenID Connect Discovery 1.0 §3); only the named members are checked. */
export interface DiscoveryDocument {
  readonly issuer: string;
  readonly jwks_uri: string;
  readonly [member: string]: unknown;
}

export type DiscoveryProblem = "discovery_not_json" | "discovery_other_issuer" | "discovery_without_keys";

/** Where an issuer's document lies (§4.1): a slash at its end is left out. */
export function discoveryUrl(issuer: string): string {
  return issuer.replace(/\/$/, "") + PATH;
}

export function isDiscoveryUrl(url: string): boolean {
  return url.endsWith(PATH);
}

/**
 * The document found at `url`. It must name the issuer under whose address it lies (§4.3): whoever can only answer for
 * another issuer must not say which keys sign for this one.
 */
export function readDiscovery(text: string, url: string): DiscoveryDocument | DiscoveryProblem {
  const document = parseJsonObject(text);
  if (document === null) return "discovery_not_json";
  const { issuer, jwks_uri } = document;
  if (typeof issuer !== "string" || URL.parse(discoveryUrl(issuer))?.href !== url) return "discovery_other_issuer";
  if (typeof jwks_uri !== "string" || providerUrl(jwks_uri) === null) return "discovery_without_keys";
  return { ...document, issuer, jwks_uri };
}
