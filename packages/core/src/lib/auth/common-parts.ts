import { type Audit, createAudit } from "../audit/audit.js";
import type { Runtime } from "../base/ports.js";
import { resolveRuntime } from "../base/runtime.js";
import { type CookieSettings, resolveCookie } from "../cookie/cookie.js";
import type { SessionStore } from "../flow/opaque-store.js";
import type { TokenTrust } from "../provider/provider.js";
import type { Keyring } from "../seal/keyring.js";
import type { Machine } from "../session/request-auth.js";
import type { Revocation } from "../session/revocation.js";
import type { ConnectedStore } from "../session/room.js";
import { createKeySource, type KeySource } from "../token/key-source.js";
import type { AuthOptions, SharedOptions } from "./options.js";

/** What an auth and a validator are made of alike. */
export interface CommonParts {
  readonly keyring: Keyring;
  readonly cookie: CookieSettings;
  readonly realm: string;
  readonly runtime: Runtime;
  readonly emit: Audit["emit"];
  readonly lost: Audit["lost"];
  readonly keySource: KeySource;
  readonly revocation?: Revocation;
  /** One for each address. */
  keySourceAt(jwksUrl: string): KeySource;
}

/** Out of options that were checked; `jwksUrl` is where the issuer of the access tokens publishes its keys. */
export function commonParts(options: SharedOptions<Machine>, jwksUrl: string): CommonParts {
  const { keyring, keyCache, audit, auditClient, revocation, realm = "" } = options;
  const runtime = resolveRuntime(options);
  const { emit, lost } = createAudit({
    sinks: audit,
    ...(auditClient && { client: auditClient }),
    runtime,
    realm,
  });
  const keySources = new Map<string, KeySource>();
  function keySourceAt(url: string): KeySource {
    const known = keySources.get(url);
    if (known) return known;
    const made = createKeySource(url, { ...runtime, ...(keyCache && { store: keyCache }), keyring, realm, emit });
    keySources.set(url, made);
    return made;
  }
  const cookie = resolveCookie(options.cookie);
  const parts = { keyring, cookie, realm, runtime, emit, lost, keySource: keySourceAt(jwksUrl), keySourceAt };
  return { ...parts, ...(revocation && { revocation }) };
}

/** A store in this configuration: whose people lie there is said by whoever issues the tokens. */
export function connectStore(
  store: SessionStore,
  { auditClient, lifetime }: Pick<AuthOptions<Machine>, "auditClient" | "lifetime">,
  common: CommonParts,
  trust: TokenTrust,
): ConnectedStore {
  return store.connect({ ...common, trust, ...lifetime, ...(auditClient && { client: auditClient }) });
}
