import { isAuthError } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import {
  functionProblems,
  hasMethod,
  methodProblems,
  sinkProblems,
  type Unchecked,
  unknownOptions,
  wholeProblems,
} from "../base/option-checks.js";
import { providerUrl } from "../base/provider-url.js";
import { cookieProblems } from "../cookie/cookie.js";
import type { ViaRelay } from "../flow/via-relay.js";
import { canonicalPath } from "../policy/path.js";
import { type Keyring, sealingKeyAt } from "../seal/keyring.js";
import type { AuthOptions, ValidatorOptions } from "./options.js";
import { policyProblems } from "./policies.js";
import { receiverProblems, revocationProblems } from "./receivers.js";
import { signOnProblems } from "./sign-on-problems.js";

const SHARED = {
  keyring: 0,
  cookie: 0,
  realm: 0,
  keyCache: 0,
  bearer: 0,
  audit: 0,
  auditClient: 0,
  revocation: 0,
  store: 0,
  fetch: 0,
  now: 0,
} as const;
const VALIDATOR = { ...SHARED, tokens: 0 } as const satisfies Record<keyof ValidatorOptions, 0>;
const AUTH = {
  ...SHARED,
  provider: 0,
  ledger: 0,
  onLogin: 0,
  onLoginFailure: 0,
  routePrefix: 0,
  relay: 0,
  legacy: 0,
  receivers: 0,
  nativeClients: 0,
  sso: 0,
  policies: 0,
  clientAddress: 0,
  refresh: 0,
  lifetime: 0,
} as const satisfies Record<keyof AuthOptions, 0>;

const MAX_REALM_LENGTH = 128;
const MAX_PREFIX_LENGTH = 64;
const MAX_BUFFER_SECONDS = 3_600;
/** A minute. Shorter sessions end while somebody types. */
const MIN_LIFETIME_SECONDS = 60;
/** 400 days: what browsers keep a cookie for (RFC 6265bis §5.5). */
const MAX_LIFETIME_SECONDS = 34_560_000;

/** Everything wrong with the options of `createAuth`, each in a sentence with its cure; never with a value. */
export function authOptionProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`createAuth` takes an object of options."];
  return [...keyringProblems(options.keyring), ...providerProblems(options.provider), ...otherAuthProblems(options)];
}

/** The same but of `keyring` and `provider`: for an adapter that has already said why it has none. */
export function otherAuthProblems(options: Unchecked): readonly string[] {
  return [
    ...unknownOptions(options, Object.keys(AUTH), "createAuth"),
    ...sharedProblems(options),
    ...methodProblems("ledger", options.ledger, ["getByName"], "the namespace of `LedgerObject`"),
    ...functionProblems(options, ["onLogin", "onLoginFailure", "clientAddress"]),
    ...prefixProblems(options.routePrefix),
    ...legacyProblems(options.legacy, options.cookie),
    ...relayProblems(options),
    ...receiverProblems(options),
    ...methodProblems(
      "nativeClients",
      options.nativeClients,
      ["connect"],
      "`nativeClients({ redirectUris })` of `@edgeseal/core/native`",
    ),
    ...signOnProblems(options),
    ...policyProblems(options.policies),
    ...secondsProblems("refresh", options.refresh, { bufferSeconds: [1, MAX_BUFFER_SECONDS] }),
    ...secondsProblems("lifetime", options.lifetime, {
      absoluteSeconds: [MIN_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS],
      idleSeconds: [MIN_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS],
    }),
  ];
}

/** The same for `createValidator`. */
export function validatorOptionProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`createValidator` takes an object of options."];
  return [
    ...unknownOptions(options, Object.keys(VALIDATOR), "createValidator"),
    ...keyringProblems(options.keyring),
    ...sharedProblems(options),
    ...trustProblems("tokens", options.tokens, "`workosTokens({ clientId })`"),
  ];
}

function sharedProblems(options: Unchecked): string[] {
  return [
    ...cookieProblems(options.cookie),
    ...realmProblems(options.realm),
    ...methodProblems("keyCache", options.keyCache, ["get", "put", "delete"], "a KV namespace"),
    ...methodProblems("bearer", options.bearer, ["connect"], "`bearerTokens({ … })` of `@edgeseal/core/bearer`"),
    ...sinkProblems(options.audit),
    ...functionProblems(options, ["auditClient", "fetch", "now"]),
    ...revocationProblems(options.revocation),
    ...methodProblems("store", options.store, ["connect"], "`opaqueStore({ home })` of `@edgeseal/core/store`"),
  ];
}

function legacyProblems(legacy: unknown, cookie: unknown): string[] {
  const example = "`legacySessions({ until })` of `@edgeseal/core/migrate`";
  const problems = methodProblems("legacy", legacy, ["open"], example);
  const { domain, name = domain === undefined ? "__Host-session" : "__Secure-session" } = isRecord(cookie)
    ? cookie
    : {};
  // A part of ours has checked its own options; that it reads our own cookie only shows here.
  if (!isRecord(legacy) || legacy.cookieName !== name) return problems;
  return [...problems, "`legacy` must have another `cookieName` than `cookie.name`."];
}

function relayProblems(options: Unchecked): readonly string[] {
  const { relay } = options;
  return relay === undefined || isViaRelay(relay)
    ? (relay?.problems(options) ?? [])
    : ["`relay` must be `viaRelay()` of `@edgeseal/core/previews`."];
}

function isViaRelay(relay: unknown): relay is ViaRelay {
  return hasMethod(relay, "address") && hasMethod(relay, "problems");
}

function keyringProblems(keyring: unknown): string[] {
  const cure = "`keyring` must come from `parseSessionKeys(env.SESSION_KEYS)` of the same copy of @edgeseal/core.";
  if (!isRecord(keyring)) return [cure];
  try {
    // `as`: asking is how an object that only looks like a ring is told; it throws for one.
    sealingKeyAt(keyring as unknown as Keyring, 0);
    return [];
  } catch (error) {
    if (isAuthError(error, "config_invalid")) return [cure];
    throw error;
  }
}

function realmProblems(realm: unknown): string[] {
  if (realm === undefined) return [];
  const isFine = typeof realm === "string" && realm.length <= MAX_REALM_LENGTH && /^[\x20-\x7e]*$/.test(realm);
  return isFine ? [] : [`\`realm\` must be printable ASCII text of at most ${MAX_REALM_LENGTH} characters.`];
}

function providerProblems(provider: unknown): string[] {
  const problems = trustProblems("provider", provider, "`workos({ … })`");
  if (!isRecord(provider)) return problems;
  const required = ["authorizationUrl", "exchange", "refresh", "logoutUrl"];
  const optional = ["acceptsIssuer", "selectOrganization", "revoke", "organizations"].filter(
    (name) => provider[name] !== undefined,
  );
  return [...problems, ...methodProblems("provider", provider, [...required, ...optional], "`workos({ … })`")];
}

function trustProblems(option: string, trust: unknown, example: string): string[] {
  if (!isRecord(trust)) return [`\`${option}\` is missing: pass ${example}.`];
  const { name, jwksUrl, verify } = trust;
  const problems: string[] = [];
  if (typeof name !== "string" || name === "" || !name.isWellFormed()) {
    problems.push(`\`${option}.name\` must be a text that is not empty.`);
  }
  if (typeof jwksUrl !== "string" || providerUrl(jwksUrl) === null) {
    problems.push(`\`${option}.jwksUrl\` must be an https URL, or http on a loopback host.`);
  }
  if (!isRecord(verify)) problems.push(`\`${option}.verify\` must say which issuer and recipient are believed.`);
  return problems;
}

/** Compared with canonical paths, so it has to be one. */
function prefixProblems(prefix: unknown): string[] {
  if (prefix === undefined) return [];
  const isFine =
    typeof prefix === "string" &&
    prefix.length <= MAX_PREFIX_LENGTH &&
    /^(?:\/[A-Za-z0-9._~-]+)+$/.test(prefix) &&
    canonicalPath(`http://path.invalid${prefix}`) === prefix;
  return isFine
    ? []
    : ["`routePrefix` must be a path such as `/auth`: letters, digits and `. _ ~ -`, no slash at its end."];
}

function secondsProblems(
  option: string,
  group: unknown,
  ranges: Readonly<Record<string, readonly [number, number]>>,
): string[] {
  if (group === undefined) return [];
  if (!isRecord(group)) return [`\`${option}\` must be an object of ${Object.keys(ranges).join(", ")}.`];
  return [
    ...unknownOptions(group, Object.keys(ranges), option),
    ...Object.entries(ranges).flatMap(([name, range]) => wholeProblems(`${option}.${name}`, group[name], range)),
  ];
}
