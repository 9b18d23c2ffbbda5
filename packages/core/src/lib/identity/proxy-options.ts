import type { AuditSink, ClockOption } from "../base/ports.js";
import type { Origins } from "../policy/origins.js";
import type { IdentityForwarder } from "./forward.js";
import type { ForwardedMachine, ForwardedPerson } from "./visitor.js";

/** A service binding of Workers fits. */
export interface Upstream {
  fetch(request: Request): Promise<Response>;
}

export type ProxyRoute = RoutePlace & RouteCredentials & RouteExchange;

interface RoutePlace {
  /** `/api/projects` stands for itself and everything below it. Of several that fit, the longest counts. */
  readonly prefix: string;
  /**
   * What takes the prefix's place: an https URL (http on a loopback host, or through a binding), with a path and no query.
   * No request ever goes to another origin.
   */
  readonly to: string;
  /** A service binding, which then gets the request for `to`. Default: the network. */
  readonly through?: Upstream;
  /** Which of its paths exist, as the app's visitors see them: `/api/projects/*`, `/api/projects`. Default: all. */
  readonly paths?: readonly string[];
  /** Default: GET, POST, PUT, PATCH, DELETE. HEAD goes with GET. */
  readonly methods?: readonly string[];
  /** `public`: visitors who are not signed in pass, without credentials. Default `session`: they get `deny()`. */
  readonly access?: "session" | "public";
  /** For the headers of the answer, the upload of a body included; 1 to 3,600. Default 15. A body may take any time. */
  readonly deadlineSeconds?: number;
}

type RouteCredentials =
  | {
      /** `access-token`: the person's own, as `Authorization: Bearer`. Default `none`. */
      readonly credentials?: "access-token" | "none";
      readonly audience?: never;
    }
  | {
      /** `identity`: what `identity` of the proxy says of the visitor, for this audience. */
      readonly credentials: "identity";
      readonly audience: string;
    };

interface RouteExchange {
  /** Names of the app's cookies that the upstream gets and may set; never one of ours. Default: none. */
  readonly cookies?: readonly string[];
  /** Whether its CORS headers stay. Default `false`: a rule of one's own (`createCors`) says who may read. */
  readonly accessControl?: boolean;
}

export interface ProxyOptions extends ClockOption {
  readonly routes: readonly [ProxyRoute, ...ProxyRoute[]];
  /** Of `createIdentityForwarder`, for routes with `credentials: "identity"`. */
  readonly identity?: IdentityForwarder;
  /** Names of session cookies beside `__Host-session` and `__Secure-session`, none of which goes upstream. */
  readonly cookieName?: string | readonly string[];
  /**
   * Other origins whose pages may change something, or open a WebSocket, with what a route attaches. Default: none, only
   * pages of our own origin.
   */
  readonly origins?: Origins;
  /** For routes without `through`. Default: the platform's, looked up at each call. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Gets the refusals, `bad_gateway` and `gateway_timeout`, with the prefix as reason. Default: nobody is told. */
  readonly audit?: AuditSink | readonly AuditSink[];
}

/** Who asks; `RequestAuth` and `Machine` fit. A program passes on public routes alone, with an identity at most. */
export type ProxyVisitor =
  | (ForwardedPerson & { readonly accessToken: string; apply(response: Response): Response })
  | (ForwardedMachine & { deny(): Response; apply(response: Response): Response })
  | { readonly state: "anonymous" | "unavailable"; deny(): Response; apply(response: Response): Response };
