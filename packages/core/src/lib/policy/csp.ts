import { isRecord } from "../base/json.js";
import { isSourceDirective, SOURCE_DIRECTIVES, type SourceDirective, sourceProblem } from "./csp-sources.js";

/** By directive: what is added to the sources of the preset. `["'none'"]` allows nothing, whatever the preset has. */
export type CspDirectives = Readonly<Record<string, readonly string[]>>;

/** Stand for a nonce in a list of sources; no source looks like them. */
const SCRIPT_NONCE = "{script}";
const STYLE_NONCE = "{style}";
const NONE = "'none'";

type Policy = ReadonlyMap<string, readonly string[]>;

export type Preset = "api" | "page";

/** `base-uri`, `form-action` and `frame-ancestors` stand by themselves: they do not fall back to `default-src`. */
const PRESETS: Readonly<Record<Preset, readonly (readonly [SourceDirective, readonly string[]])[]>> = {
  api: [
    ["default-src", [NONE]],
    ["base-uri", [NONE]],
    ["form-action", [NONE]],
    ["frame-ancestors", [NONE]],
  ],
  page: [
    ["default-src", ["'self'"]],
    ["script-src", [SCRIPT_NONCE]],
    ["style-src", ["'self'", STYLE_NONCE]],
    ["img-src", ["'self'", "data:"]],
    ["object-src", [NONE]],
    ["base-uri", [NONE]],
    ["form-action", ["'self'"]],
    ["frame-ancestors", [NONE]],
  ],
};

/** Directives whose values are no sources: given as they are. What each value looks like. */
const OTHER_DIRECTIVES: ReadonlyMap<string, RegExp | null> = new Map([
  ["upgrade-insecure-requests", null],
  ["sandbox", /^allow-[a-z-]+$/],
  ["report-to", /^[\w-]+$/],
  ["report-uri", /^(?:https:\/|\/)[\w.~!$&()*+=:@%/?-]+$/],
  ["require-trusted-types-for", /^'script'$/],
  ["trusted-types", /^(?:[\w#=/@.%-]+|'none'|'allow-duplicates'|\*)$/],
]);

export interface Csp {
  /** The header's value: with this nonce, or without one. */
  text(nonce: string | undefined): string;
  readonly frameAncestors: readonly string[];
}

export function isPreset(value: unknown): value is Preset {
  return typeof value === "string" && Object.hasOwn(PRESETS, value);
}

/** `added` has no problems any more. */
export function createCsp(preset: Preset, added: CspDirectives): Csp {
  const policy = new Map<string, readonly string[]>(PRESETS[preset]);
  for (const [name, values] of Object.entries(added)) policy.set(name, extend(policy, name, values));
  const plain = render(policy, undefined);
  return {
    text: (nonce) => (nonce === undefined ? plain : render(policy, nonce)),
    frameAncestors: policy.get("frame-ancestors") ?? [],
  };
}

/** Everything wrong with what is added, in a sentence each. */
export function cspProblems(csp: unknown): string[] {
  if (csp === undefined || csp === false) return [];
  if (!isRecord(csp)) return ["`csp` must be an object of directives, or `false`."];
  return Object.entries(csp).flatMap(([name, values]) => directiveProblems(name, values));
}

function directiveProblems(name: string, values: unknown): string[] {
  const named = `\`csp[${JSON.stringify(name)}]\``;
  if (!isTexts(values)) return [`${named} must be a list of texts.`];
  if (isSourceDirective(name)) {
    const problems = values.map((source) => sourceProblem(name, source)).filter((problem) => problem !== null);
    if (values.length === 0) problems.push(`${named} is empty; write ["'none'"] to allow nothing.`);
    if (values.length > 1 && values.includes(NONE)) problems.push(`${named}: "'none'" stands alone.`);
    return problems;
  }
  const shape = OTHER_DIRECTIVES.get(name);
  if (shape === undefined) return [`${named} is no directive of CSP Level 3.`];
  if (shape === null) return values.length === 0 ? [] : [`${named} takes no value; write [].`];
  const wrong = values.filter((value) => !shape.test(value));
  return wrong.map((value) => `${named}: ${JSON.stringify(value)} is no value of this directive.`);
}

function isTexts(values: unknown): values is readonly string[] {
  return Array.isArray(values) && values.every((value) => typeof value === "string");
}

/** What held so far, of its own or from the directive it falls back to, and what is added. */
function extend(policy: Policy, name: string, values: readonly string[]): readonly string[] {
  if (!isSourceDirective(name) || values[0] === NONE) return values;
  const before = inherited(policy, name).filter((source) => source !== NONE);
  const sources = [...new Set([...before, ...values])];
  // Beside a nonce, browsers do not look at 'unsafe-inline'.
  return sources.includes("'unsafe-inline'") ? sources.filter((source) => source !== STYLE_NONCE) : sources;
}

function inherited(policy: Policy, name: SourceDirective): readonly string[] {
  const own = policy.get(name);
  const fallback = SOURCE_DIRECTIVES[name];
  return own ?? (fallback === null ? [] : inherited(policy, fallback));
}

function render(policy: Policy, nonce: string | undefined): string {
  const directives = [...policy].map(([name, sources]) =>
    [name, ...sources.flatMap((s) => withNonce(s, nonce))].join(" "),
  );
  return directives.join("; ");
}

/**
 * With a nonce, what bears it runs, and what that loads in turn; hosts count no more ('strict-dynamic'). Without one, script
 * files of our own origin run and nothing that stands in the page.
 */
function withNonce(source: string, nonce: string | undefined): readonly string[] {
  if (source === SCRIPT_NONCE) return nonce === undefined ? ["'self'"] : [`'nonce-${nonce}'`, "'strict-dynamic'"];
  if (source === STYLE_NONCE) return nonce === undefined ? [] : [`'nonce-${nonce}'`];
  return [source];
}
