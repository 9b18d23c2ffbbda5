import { type Audit, createAudit } from "../audit/audit.js";
import type { Runtime } from "../base/ports.js";
import { resolveRuntime } from "../base/runtime.js";
import { type CookieSettings, resolveCookie } from "../cookie/cookie.js";
import type { Keyring } from "../seal/keyring.js";
import type { Revocation } from "../session/revocation.js";
import { createKeySource, type KeySource } from "../token/key-source.js";
import type { SharedOptions } from "./options.js";

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
}

/** Out of options that were checked; `jwksUrl` is where the issuer of the access tokens publishes its keys. */
export function commonParts(options: SharedOptions, jwksUrl: string): CommonParts {
  const { keyring, keyCache, audit, auditClient, revocation, realm = "" } = options;
  const runtime = resolveRuntime(options);
  const { emit, lost } = createAudit({
    sinks: audit,
    ...(auditClient && { client: auditClient }),
    runtime,
    realm,
  });
  const keySource = createKeySource(jwksUrl, {
    ...runtime,
    ...(keyCache && { store: keyCache }),
    keyring,
    realm,
    emit,
  });
  const cookie = resolveCookie(options.cookie);
  return { keyring, cookie, realm, runtime, emit, lost, keySource, ...(revocation && { revocation }) };
}
