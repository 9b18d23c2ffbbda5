import { writable } from "../base/answers.js";
import { base64url, randomBytes } from "../base/bytes.js";
import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { unknownOptions } from "../base/option-checks.js";
import { type Csp, type CspDirectives, createCsp, cspProblems, isPreset, type Preset } from "./csp.js";
import { type Hsts, hstsProblems, hstsText } from "./security-headers-hsts.js";

export interface SecurityHeadersOptions {
  /** `api` for answers that no browser shows, `page` for pages that carry a nonce. Default `api`. */
  readonly preset?: Preset;
  /**
   * By directive, sources beside those of the preset: `{ "img-src": ["https://cdn.example.com"] }`. `["'none'"]` allows
   * nothing. `false`: no Content-Security-Policy. Default: the preset's.
   */
  readonly csp?: CspDirectives | false;
  /** Strict-Transport-Security (RFC 6797). Default: one year, this host alone. `false`: whoever ends TLS says it. */
  readonly hsts?: Hsts | false;
}

export interface ApplyOptions {
  /** Of this answer, from `nonce()`; the page has it as `nonce="…"` on its scripts and styles. Default: none. */
  readonly nonce?: string;
  /** What the response brings of these headers is dropped first: for an answer of somebody else. Default `false`. */
  readonly replace?: boolean;
}

export interface SecurityHeaders {
  /**
   * A copy of the response with the headers it lacks: what it says itself stays. WebSocket upgrades, 304 and responses
   * without a status come back as they are. Throws `config_invalid` for a nonce that is none.
   */
  apply(response: Response, options?: ApplyOptions): Response;
  /** A fresh nonce for one answer: 128 random bits, base64url. */
  nonce(): string;
}

/** By preset, beside the policy itself. */
const FIXED = {
  api: {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
  },
  page: {
    "X-Content-Type-Options": "nosniff",
    // Not `no-referrer`: forms of such a page are sent with `Origin: null`, which walls against forgery refuse.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
  },
} as const satisfies Readonly<Record<Preset, Readonly<Record<string, string>>>>;

const CSP = "Content-Security-Policy";
/** Everything that `replace` drops, also where this configuration has no value of its own. */
const NAMES = [
  CSP,
  "Content-Security-Policy-Report-Only",
  "Strict-Transport-Security",
  "X-Frame-Options",
  ...Object.keys(FIXED.page),
];

/** Headers that tell browsers to be careful with an answer. Throws `config_invalid` naming every problem. */
export function createSecurityHeaders(options: SecurityHeadersOptions = {}): SecurityHeaders {
  refuseConfig(optionProblems(options));
  const { preset = "api", csp: directives = {}, hsts = {} } = options;
  const csp = directives === false ? null : createCsp(preset, directives);
  const fixed = Object.entries({
    ...FIXED[preset],
    ...framing(csp),
    ...(hsts !== false && { "Strict-Transport-Security": hstsText(hsts) }),
  });

  function apply(response: Response, { nonce, replace = false }: ApplyOptions = {}): Response {
    if (nonce !== undefined && !NONCE.test(nonce)) {
      refuseConfig(["`nonce` must be a text that `nonce()` gave: at least 22 characters of base64."]);
    }
    if (isLeftAlone(response)) return response;
    const copy = writable(response);
    const { headers } = copy;
    if (replace) for (const name of NAMES) headers.delete(name);
    if (csp !== null && !headers.has(CSP)) headers.set(CSP, csp.text(nonce));
    for (const [name, value] of fixed) if (!headers.has(name)) headers.set(name, value);
    return copy;
  }

  return { apply, nonce: () => base64url(randomBytes(16)) };
}

function optionProblems(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`createSecurityHeaders` takes an object of options, or none."];
  const problems = unknownOptions(options, ["preset", "csp", "hsts"], "createSecurityHeaders");
  const { preset, csp, hsts } = options;
  if (preset !== undefined && !isPreset(preset)) problems.push('`preset` must be "api" or "page".');
  return [...problems, ...cspProblems(csp), ...hstsProblems(hsts)];
}

/** 128 bits at least, in the alphabets of CSP Level 3 §2.3.1: nothing that ends a source, a directive or a policy. */
const NONCE = /^[\w+/-]{22,128}={0,2}$/;

/**
 * An upgrade hands over a socket. A 304 renews what lies in the cache, whose page has an older nonce. A network error or an
 * opaque response cannot be copied.
 */
function isLeftAlone({ status }: Response): boolean {
  return status === 101 || status === 304 || status === 0;
}

/** What browsers older than `frame-ancestors` read; it knows nobody or ourselves. Others do not read it beside a policy. */
function framing(csp: Csp | null): Readonly<Record<string, string>> {
  const ancestors = csp === null ? "'none'" : csp.frameAncestors.join(" ");
  if (ancestors === "'none'") return { "X-Frame-Options": "DENY" };
  return ancestors === "'self'" ? { "X-Frame-Options": "SAMEORIGIN" } : {};
}
