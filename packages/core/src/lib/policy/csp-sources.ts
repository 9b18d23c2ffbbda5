/** Directives whose values are sources (CSP Level 3 §6). */
export type SourceDirective =
  | "default-src"
  | "script-src"
  | "script-src-elem"
  | "script-src-attr"
  | "style-src"
  | "style-src-elem"
  | "style-src-attr"
  | "img-src"
  | "font-src"
  | "connect-src"
  | "media-src"
  | "object-src"
  | "frame-src"
  | "child-src"
  | "worker-src"
  | "manifest-src"
  | "base-uri"
  | "form-action"
  | "frame-ancestors";

/** Where a list of sources starts when the policy has none of its own; `null`: nowhere. */
export const SOURCE_DIRECTIVES: Readonly<Record<SourceDirective, SourceDirective | null>> = {
  "default-src": null,
  "script-src": "default-src",
  "script-src-elem": "script-src",
  "script-src-attr": null,
  "style-src": "default-src",
  "style-src-elem": "style-src",
  "style-src-attr": null,
  "img-src": "default-src",
  "font-src": "default-src",
  "connect-src": "default-src",
  "media-src": "default-src",
  "object-src": "default-src",
  "frame-src": "default-src",
  "child-src": "default-src",
  "worker-src": "default-src",
  "manifest-src": "default-src",
  "base-uri": null,
  "form-action": null,
  "frame-ancestors": null,
};

/** What decides who runs script here, where forms go and who frames us: no source that lets in everybody. */
const GUARDED: ReadonlySet<string> = new Set<SourceDirective>([
  "default-src",
  "script-src",
  "script-src-elem",
  "script-src-attr",
  "object-src",
  "base-uri",
  "form-action",
  "frame-ancestors",
]);

const KEYWORDS: ReadonlySet<string> = new Set([
  "none",
  "self",
  "report-sample",
  "strict-dynamic",
  "unsafe-eval",
  "unsafe-hashes",
  "unsafe-inline",
  "wasm-unsafe-eval",
]);
const HASH = /^'sha(?:256|384|512)-[\w+/-]+={0,2}'$/;
const NONCE = /^'nonce-/i;
const SCHEME = /^[a-z][a-z\d+.-]*:$/i;
const HOST =
  /^(?:[a-z][a-z\d+.-]*:\/\/)?(?:\*|(?:\*\.)?[a-z\d-]+(?:\.[a-z\d-]+)*)(?::(?:\d{1,5}|\*))?(?:\/[\w.~!$&()*+=:@%/-]*)?$/i;
/** Everybody, or everybody who can serve or inject a byte. */
const ANYBODY =
  /^(?:'unsafe-(?:inline|eval|hashes)'|(?:https?|wss?|data|blob|filesystem):|(?:[a-z]+:\/\/)?\*(?:[:/].*)?)$/i;

export function isSourceDirective(name: string): name is SourceDirective {
  return Object.hasOwn(SOURCE_DIRECTIVES, name);
}

/** What is wrong with a source of a directive, in a sentence; `null` for a good one. */
export function sourceProblem(directive: SourceDirective, source: string): string | null {
  const named = `\`csp["${directive}"]\`: ${JSON.stringify(source)}`;
  if (KEYWORDS.has(source.toLowerCase())) return `${named} is a host; the keyword is written "'${source}'".`;
  if (NONCE.test(source)) return `${named} is the same for every answer; pass \`nonce()\` to \`apply\`.`;
  if (!isSource(source)) return `${named} is no source such as "https://cdn.example.com", "data:" or "'self'".`;
  if (GUARDED.has(directive) && ANYBODY.test(source)) {
    return `${named} lets anybody in; a page that cannot do without sends a Content-Security-Policy of its own.`;
  }
  return null;
}

/** `serialized-source` of CSP Level 3 §2.3.1, without what would end a directive (`;`) or a policy (`,`). */
function isSource(source: string): boolean {
  if (source.startsWith("'")) return HASH.test(source) || isKeyword(source);
  return SCHEME.test(source) || HOST.test(source);
}

function isKeyword(source: string): boolean {
  return source.endsWith("'") && KEYWORDS.has(source.slice(1, -1));
}
