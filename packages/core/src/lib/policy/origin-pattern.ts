import { isSharedSuffix } from "./origin-suffixes.js";

/** The labels of a host name, from the left. */
export type OriginPattern = readonly LabelPattern[];

/** A label as it is, or what stands before and after its placeholder. */
type LabelPattern = string | { readonly before: string; readonly after: string };

/** Longest label (RFC 1035 §2.3.4) and longest origin without a port. */
const MAX_LABEL = 63;
const MAX_LENGTH = 261;
const SCHEME = "https://";
const LITERAL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const WITH_PLACEHOLDER = /^([a-z0-9-]*)\{[a-z]+\}([a-z0-9-]*)$/;

/** A pattern such as `https://pr-{n}.preview.example.com`, or what is wrong with it, to be read after its name. */
export function readOriginPattern(text: string): OriginPattern | { readonly problem: string } {
  if (!text.startsWith(SCHEME)) return { problem: "must begin with `https://`." };
  const labels = text.slice(SCHEME.length).split(".");
  const pattern = labels.map(readLabel);
  if (!pattern.every((label) => label !== null)) {
    return {
      problem:
        "must be made of lower-case letters, digits, `-` and at most one placeholder such as `{n}` in each label, " +
        "without a port or a path: `https://pr-{n}.preview.example.com`.",
    };
  }
  const owned = labels.slice(labels.findLastIndex((label) => label.includes("{")) + 1).join(".");
  if (isSharedSuffix(owned)) {
    return {
      problem:
        "would let strangers in (shared_suffix): anybody can get a name there. Use a pattern below a domain of your " +
        "own, or put each preview into the `registry`.",
    };
  }
  return pattern;
}

/** The labels to match patterns with; `null` for what no pattern matches. */
export function originLabels(origin: string): readonly string[] | null {
  if (origin.length > MAX_LENGTH || !origin.startsWith(SCHEME)) return null;
  return origin.slice(SCHEME.length).split(".");
}

/** From end to end, one label to one label: a placeholder never reaches over a dot. */
export function matchesOrigin(pattern: OriginPattern, labels: readonly string[]): boolean {
  return pattern.length === labels.length && pattern.every((label, at) => matchesLabel(label, labels[at] ?? ""));
}

function readLabel(label: string): LabelPattern | null {
  if (LITERAL.test(label)) return label;
  const [, before, after] = WITH_PLACEHOLDER.exec(label) ?? [];
  if (before === undefined || after === undefined) return null;
  return before.length + after.length < MAX_LABEL ? { before, after } : null;
}

function matchesLabel(pattern: LabelPattern, label: string): boolean {
  if (typeof pattern === "string") return label === pattern;
  const { before, after } = pattern;
  if (label.length <= before.length + after.length || label.length > MAX_LABEL) return false;
  return label.startsWith(before) && label.endsWith(after) && /^[a-z0-9-]+$/.test(label);
}
