import { refuseConfig } from "../base/errors.js";
import { removeHopByHop } from "../base/hop-by-hop.js";
import { isRecord } from "../base/json.js";
import { functionProblems, unknownOptions } from "../base/option-checks.js";
import type { ClockOption } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import { IDENTITY_HEADER, removeSessionTexts, writeIdentity } from "./identity-headers.js";
import { type PublicIdentityKey, readSigningKey } from "./identity-key.js";
import { createIdentitySigner } from "./identity-token.js";
import { cookieNameProblem, createCookieRemover } from "./own-cookies.js";
import { isPartyName } from "./party-name.js";
import type { ForwardedVisitor } from "./visitor.js";

export type IdentityForwarderOptions = ForwarderOptions & (SigningOptions | PlainOptions);

interface ForwarderOptions extends ClockOption {
  /**
   * Names of session cookies beside `__Host-session` and `__Secure-session`: one of your own, or of an older layout. None of
   * them goes to a service, nor does any cookie of a sign-in.
   */
  readonly cookieName?: string | readonly string[];
}

interface SigningOptions {
  /**
   * Text of a private ES256 JWK with a `kid` (`IDENTITY_KEY`); `generateIdentityKeys` makes one. Never a session key: who
   * verifies must not be able to seal.
   */
  readonly signingKey: string;
  /** Who says so: `iss` of the signed identity, compared exactly. The gateway's own URL is a good one. */
  readonly issuer: string;
  /** Whether the plain headers go along, too. Default `true`. */
  readonly headers?: boolean;
}

interface PlainOptions {
  readonly signingKey?: never;
  readonly issuer?: never;
  readonly headers?: never;
}

export interface IdentityForwarder {
  /**
   * A copy for one service: every inbound spelling of our headers and our cookies removed, `X-Tenant-ID`, `X-User-ID`,
   * `X-User-Role`, `X-User-Permissions` set where known, `Edgeseal-Identity` (JWT, 60 s, for this audience alone) added.
   * Works for all three states. No cache of the platform answers it (`cache: "no-store"`). The body is the request's own and can be read once.
   */
  forward(request: Request, auth: ForwardedVisitor, options: { readonly audience: string }): Promise<Request>;
  /** Public half, for services: serve it or paste it. Without a signing key it is empty. */
  jwks(): { readonly keys: readonly PublicIdentityKey[] };
}

/** Throws `config_invalid` with every problem. Without `signingKey` only the plain headers say who asks. */
export function createIdentityForwarder(options: IdentityForwarderOptions = {}): IdentityForwarder {
  refuseConfig(problemsOf(options));
  const { signingKey, issuer, cookieName, headers: plain = true } = options;
  const key = signingKey === undefined ? null : readSigningKey(signingKey);
  if (key?.ok === false) refuseConfig(key.problems);
  const pair = key?.ok ? key.keys : null;
  const signer = pair && issuer !== undefined ? createIdentitySigner(pair, issuer) : null;
  const removeOwnCookies = createCookieRemover(cookieName);
  const publicKeys = Object.freeze(pair ? [Object.freeze({ ...pair.publicKey })] : []);

  return {
    async forward(request, auth, { audience }) {
      if (!isPartyName(audience)) refuseConfig(["`audience` must name the service: 1 to 256 printable characters."]);
      const headers = new Headers(request.headers);
      removeHopByHop(headers);
      removeOwnCookies(headers);
      removeSessionTexts(headers);
      // As with a cookie of ours: the credential was for us, and whoever has it is the caller.
      if (cameByHeader(auth)) headers.delete("Authorization");
      // An anonymous copy is what is left when our headers are stripped and none is set.
      writeIdentity(headers, plain ? auth : { state: "anonymous" });
      if (signer) headers.set(IDENTITY_HEADER, await signer.sign(auth, audience, readClock(options)));
      // `fetch` of Workers would keep the answer to a GET of `….pdf` by its URL alone, and give it to the next visitor.
      return new Request(request, { headers, cache: "no-store" });
    },
    jwks: () => ({ keys: publicKeys }),
  };
}

function cameByHeader(auth: ForwardedVisitor): boolean {
  return auth.state === "machine" || (auth.state === "authenticated" && auth.credential === "header");
}

const OPTIONS = ["signingKey", "issuer", "headers", "cookieName", "now"];

function problemsOf(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`createIdentityForwarder` takes an object of options, or none."];
  const { signingKey, issuer, headers, cookieName } = options;
  const problems = unknownOptions(options, OPTIONS, "createIdentityForwarder");
  if (signingKey !== undefined) {
    const key = readSigningKey(signingKey);
    if (!key.ok) problems.push(...key.problems);
    if (!isPartyName(issuer)) problems.push("`issuer` must name the gateway: 1 to 256 printable characters.");
  } else if (issuer !== undefined || headers !== undefined) {
    problems.push("`signingKey` is missing: `issuer` and `headers` are for the signed identity.");
  }
  if (headers !== undefined && typeof headers !== "boolean") problems.push("`headers` must be true or false.");
  const cookie = cookieNameProblem(cookieName);
  if (cookie !== null) problems.push(cookie);
  return [...problems, ...functionProblems(options, ["now"])];
}
