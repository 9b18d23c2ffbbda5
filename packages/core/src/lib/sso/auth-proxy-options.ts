import type { AuditSink, ClockOption } from "../base/ports.js";
import type { Upstream } from "../identity/proxy-options.js";
import type { Origins } from "../policy/origins.js";
import type { SecurityHeaders } from "../policy/security-headers.js";

/** What one host of ours shows of an identity provider. What is not named does not pass. */
export interface AuthHost {
  /** The provider's origin: https, or http on a loopback host or through a binding. No request ever goes to another one. */
  readonly upstream: string;
  /** A service binding, which then gets the requests for `upstream`. Default: the network. */
  readonly through?: Upstream;
  /** Which paths exist: `/v1/flow/*`, `/v1/auth/refresh`. They are the same on both sides. */
  readonly paths: readonly string[];
  /** Default: GET, POST. HEAD goes with GET. */
  readonly methods?: readonly string[];
  /** Names of the provider's cookies, as the provider calls them. They pass both ways, others neither; `[]` for none. */
  readonly cookies: readonly string[];
  /** Their `SameSite`. Default: what the provider says. First-party cookies rarely need `none`. */
  readonly sameSite?: "lax" | "strict" | "none";
  /** `/`: their `Path`. Default: what the provider says. */
  readonly cookiePath?: "/";
  /**
   * `true`: browsers know them as `__Host-…`, which no other host can set, and the provider under its own names. With
   * `Path=/`. Default `false`: scripts of the provider may look for their names.
   */
  readonly hostPrefix?: boolean;
  /** Request headers that pass beside those of every browser: `Authorization`, `X-Sdk-Version`. Default: none. */
  readonly headers?: readonly string[];
  /** Headers of answers that pass beside those that describe the body. Default: none. */
  readonly answerHeaders?: readonly string[];
  /** Whose scripts may call from another origin, cookies included (CORS). Default: nobody's. */
  readonly origins?: Origins;
  /** Where redirects may lead beside this host: the apps, and whoever signs people in for the provider. Default: nowhere. */
  readonly redirects?: Origins;
  /** Whether the provider's Content-Security-Policy stays on its pages. Default `false`. */
  readonly upstreamCsp?: boolean;
  /** For the headers of the answer, the upload of a body included; 1 to 3,600. Default 15. A body may take any time. */
  readonly deadlineSeconds?: number;
}

/** By host, as a browser names it: `auth.example.com`, with a port if it is not the scheme's own. */
export type AuthHostLookup = (host: string) => AuthHost | null | undefined | Promise<AuthHost | null | undefined>;

interface HostTable {
  readonly hosts: Readonly<Record<string, AuthHost>>;
  /** For hosts that are not in `hosts`. Default: there are no others. */
  readonly lookUp?: AuthHostLookup;
}

interface HostLookup {
  readonly hosts?: never;
  /** Asked for at most 5 seconds. `null` or `undefined`: no host of ours. What it throws is 503. */
  readonly lookUp: AuthHostLookup;
}

interface CommonOptions extends ClockOption {
  /** Headers of HTML answers. Default: those of a page, framed by nobody, without a Content-Security-Policy. */
  readonly pages?: SecurityHeaders;
  /**
   * Whose request it is, for `X-Forwarded-For` and `Forwarded`: `clientAddress` of the adapter. Default: the provider is not
   * told.
   */
  readonly clientAddress?: (request: Request) => string;
  /** Names of session cookies beside `__Host-session` and `__Secure-session`, none of which a host may name. */
  readonly cookieName?: string | readonly string[];
  /** For hosts without `through`. Default: the platform's, looked up at each call. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Gets the refusals and failures, with the host as reason. Default: nobody is told. */
  readonly audit?: AuditSink | readonly AuditSink[];
}

export type AuthProxyOptions = CommonOptions & (HostTable | HostLookup);
