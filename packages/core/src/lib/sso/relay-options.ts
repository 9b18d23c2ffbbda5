import { isRecord } from "../base/json.js";
import { functionProblems, methodProblems, sinkProblems, unknownOptions } from "../base/option-checks.js";
import type { AuditClient, AuditSink, ClockOption, KeyValueStore } from "../base/ports.js";
import { isPreviewRealm } from "../flow/relay-state.js";
import { originEntryProblem } from "../policy/origins.js";
import { canonicalPath } from "../policy/path.js";

export type PreviewRealm = "preview" | `preview:${string}`;

export interface LoginRelayOptions extends ClockOption {
  /**
   * Origins of previews, exact or as a pattern, each with the realm of what runs there:
   * `{ "https://pr-{n}.preview.example.com": "preview:pr-{n}" }`. Default: none.
   */
  readonly previews?: Readonly<Record<`https://${string}`, PreviewRealm>>;
  /** Previews that a pipeline puts into a store (`previewOrigin`), and the realm that they share. Default: none. */
  readonly registered?: {
    /** A KV namespace. Asked for at most 250 ms. */
    readonly store: Pick<KeyValueStore, "get">;
    readonly realm: PreviewRealm;
  };
  /** The path that is registered at the provider. Default `/auth/relay`. */
  readonly path?: `/${string}`;
  /** Where previews take answers. Default `/auth/callback`. */
  readonly callbackPath?: `/${string}`;
  /** Where events go: one sink, or several. Absent: nowhere. */
  readonly audit?: AuditSink | readonly AuditSink[];
  /** What events say of who sent the request. Absent: nothing. */
  readonly auditClient?: (request: Request) => AuditClient;
  /**
   * Codes go on without a click. Whoever can deploy a preview is then signed in as anybody who opens a link of theirs.
   * Default `false`.
   */
  readonly insecureWithoutAsking?: boolean;
}

const OPTIONS = {
  previews: 0,
  registered: 0,
  path: 0,
  callbackPath: 0,
  audit: 0,
  auditClient: 0,
  insecureWithoutAsking: 0,
  now: 0,
} as const satisfies Record<keyof LoginRelayOptions, 0>;

/** Everything wrong with the options, in a sentence each. */
export function loginRelayProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`createLoginRelay` takes an object of options."];
  const { previews, registered, path, callbackPath, audit, insecureWithoutAsking } = options;
  return [
    ...unknownOptions(options, Object.keys(OPTIONS), "createLoginRelay"),
    ...(previews === undefined && registered === undefined
      ? ["`createLoginRelay` needs `previews` or `registered`: without them it lets no preview in."]
      : []),
    ...previewProblems(previews),
    ...registeredProblems(registered),
    ...pathProblems("path", path),
    ...pathProblems("callbackPath", callbackPath),
    ...sinkProblems(audit),
    ...functionProblems(options, ["auditClient", "now"]),
    ...(insecureWithoutAsking === undefined || typeof insecureWithoutAsking === "boolean"
      ? []
      : ["`insecureWithoutAsking` must be true or false."]),
  ];
}

/** Names of the placeholders in a pattern or a realm, in their order. */
export function placeholderNames(text: string): readonly string[] {
  return [...text.matchAll(/\{([a-z]+)\}/g)].map(([, name = ""]) => name);
}

function previewProblems(previews: unknown): readonly string[] {
  if (previews === undefined) return [];
  if (!isRecord(previews))
    return ['`previews` must be an object: `{ "https://pr-{n}.preview.example.com": "preview:pr-{n}" }`.'];
  // Named by their place: what somebody pasted there may hold a password.
  return Object.entries(previews).flatMap(([origin, realm], at) => {
    const problem = originEntryProblem(origin) ?? realmProblem(origin, realm);
    return problem === null ? [] : [`\`previews\` entry ${at + 1} ${problem}`];
  });
}

function realmProblem(origin: string, realm: unknown): string | null {
  if (typeof realm !== "string" || !isPreviewRealm(realm.replace(/\{[a-z]+\}/g, "x"))) return REALM_PROBLEM;
  const names = placeholderNames(origin);
  if (new Set(names).size !== names.length) return "must not name a placeholder twice.";
  if (placeholderNames(realm).every((name) => names.includes(name))) return null;
  return "has a placeholder in its realm that its origin does not have.";
}

const REALM_PROBLEM = "must have a realm that is `preview` or begins with `preview:`, without spaces.";

function registeredProblems(registered: unknown): readonly string[] {
  if (registered === undefined) return [];
  if (!isRecord(registered)) return ["`registered` must be `{ store, realm }`."];
  return [
    ...unknownOptions(registered, ["store", "realm"], "registered"),
    ...(registered.store === undefined
      ? ["`registered.store` must be a KV namespace."]
      : methodProblems("registered.store", registered.store, ["get"], "a KV namespace")),
    ...(isPreviewRealm(registered.realm) ? [] : [`\`registered\` ${REALM_PROBLEM}`]),
  ];
}

function pathProblems(option: string, path: unknown): readonly string[] {
  if (path === undefined) return [];
  const isFine =
    typeof path === "string" && /^\/[\w./-]+$/.test(path) && canonicalPath(`https://relay.example${path}`) === path;
  return isFine ? [] : [`\`${option}\` must be a path such as \`/auth/relay\`, without a slash at its end.`];
}
