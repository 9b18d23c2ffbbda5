import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { functionProblems, methodProblems, unknownOptions } from "../base/option-checks.js";
import type { ClockOption, KeyValueStore } from "../base/ports.js";
import { isLoopback } from "../base/provider-url.js";
import { isCanonicalOrigin } from "./origin-form.js";
import { matchesOrigin, type OriginPattern, originLabels, readOriginPattern } from "./origin-pattern.js";
import { createOriginRegistry } from "./origin-registry.js";

/** The one rule for who may call from another origin, for CSRF and CORS alike. */
export interface Origins {
  /**
   * Whether a page of this origin may act for whoever is signed in. The text of an `Origin` header, as it came. What throws, or
   * takes more than a second, allows nobody.
   */
  allows(origin: string): boolean | Promise<boolean>;
}

export interface OriginsOptions extends ClockOption {
  /**
   * Exact origins, `https://app.example.com`, and patterns, `https://pr-{n}.preview.example.com`: each placeholder stands for
   * 1 to 63 of `a-z`, `0-9` and `-` within one label. Wildcards, ports and paths are refused.
   */
  readonly allow: readonly `https://${string}`[];
  /** Origins of previews, put there by `previewOrigin`: a KV namespace. Asked for at most 250 ms. Default: none. */
  readonly registry?: KeyValueStore;
  /** Origins on a loopback host, with any port, for work on one's own machine. Default: none. */
  readonly development?: readonly (
    | `http://localhost${string}`
    | `http://${string}.localhost${string}`
    | `http://127.0.0.1${string}`
  )[];
}

/** Throws `config_invalid` naming every entry that is no origin, or that would let strangers in. */
export function createOrigins(options: OriginsOptions): Origins {
  refuseConfig(originsProblems(options));
  const { allow, registry, development = [] } = options;
  const exact = new Set<string>([...allow.filter((entry) => !isPattern(entry)), ...development]);
  const patterns = allow
    .filter(isPattern)
    .map(readOriginPattern)
    .filter((pattern): pattern is OriginPattern => !("problem" in pattern));
  const registered = registry && createOriginRegistry(registry, options);

  function matchesAny(origin: string): boolean {
    const labels = patterns.length > 0 ? originLabels(origin) : null;
    return labels !== null && patterns.some((pattern) => matchesOrigin(pattern, labels));
  }

  return {
    allows: (origin) => exact.has(origin) || matchesAny(origin) || (registered?.(origin) ?? false),
  };
}

const OPTIONS = ["allow", "registry", "development", "now"];

function originsProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`createOrigins` takes an object of options."];
  const { allow, registry, development = [] } = options;
  const problems = unknownOptions(options, OPTIONS, "createOrigins");
  if (!Array.isArray(allow)) problems.push("`allow` must be a list of origins such as `https://app.example.com`.");
  else problems.push(...listProblems("allow", allow, originEntryProblem));
  if (!Array.isArray(development)) problems.push("`development` must be a list such as `http://localhost:5173`.");
  else problems.push(...listProblems("development", development, developmentProblem));
  problems.push(...methodProblems("registry", registry, ["get"], "a KV namespace"));
  return [...problems, ...functionProblems(options, ["now"])];
}

/** Entries are named by their place: what somebody pasted there may hold a password. */
function listProblems(option: string, list: readonly unknown[], problemOf: (entry: string) => string | null): string[] {
  return list.flatMap((entry, at) => {
    const problem = typeof entry === "string" ? problemOf(entry) : "must be a text.";
    return problem === null ? [] : [`\`${option}[${at}]\` ${problem}`];
  });
}

/** Why an entry is neither an origin nor a pattern of ours, to be read after its name; `null` when it is one. */
export function originEntryProblem(entry: string): string | null {
  if (entry.includes("*")) {
    return (
      "is a wildcard, which would answer strangers for whoever is signed in (wildcard_with_credentials): name each " +
      "origin, or a pattern such as `https://pr-{n}.preview.example.com`."
    );
  }
  if (isPattern(entry)) {
    const pattern = readOriginPattern(entry);
    return "problem" in pattern ? pattern.problem : null;
  }
  const url = URL.parse(entry);
  // `\` is a `/` to a URL, so what follows it would be no part of the name.
  if (url === null || url.origin === "null" || entry.includes("\\")) {
    return "must be an origin such as `https://app.example.com`.";
  }
  if (url.protocol !== "https:") return "must begin with `https://`; `http://localhost` belongs into `development`.";
  if (url.port !== "" || url.hostname.endsWith(".")) return "must have no port, and no dot at its end.";
  if (url.origin !== entry) return `never matches; write ${JSON.stringify(url.origin)}.`;
  return isCanonicalOrigin(entry) ? null : "must be an origin such as `https://app.example.com`.";
}

function developmentProblem(entry: string): string | null {
  const url = URL.parse(entry);
  if (url?.protocol !== "http:" || !isLoopback(url.hostname)) {
    return "must be on a loopback host, such as `http://localhost:5173`; every other origin belongs into `allow`.";
  }
  return url.origin === entry ? null : `never matches; write ${JSON.stringify(url.origin)}.`;
}

function isPattern(entry: string): boolean {
  return /[{}]/.test(entry);
}
