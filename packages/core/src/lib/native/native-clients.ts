import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { unknownOptions } from "../base/option-checks.js";
import { hasCookieName } from "../cookie/cookie.js";
import type { HandOff, PartRoute, Route } from "../flow/flow-parts.js";
import { refuseAndTell } from "../flow/refuse-and-tell.js";
import { canonicalPath, matchesPath, pathPatternProblem } from "../policy/path.js";
import type { RoomOptions } from "../session/create-room.js";
import { createSessions } from "../session/create-sessions.js";
import type { SessionParts } from "../session/session-parts.js";
import type { Sessions } from "../session/sessions.js";
import { beginHandOff } from "./begin-hand-off.js";
import { DEFAULT_HEADER, headerCarrier, sealedAs, textIn } from "./header-carrier.js";
import { type CredentialKind, nativeSessions } from "./native-sessions.js";
import { passOn, tellClient } from "./pass-on.js";
import { redeem } from "./redeem.js";
import { redirectUriProblems } from "./redirect-uris.js";

export interface NativeClientsOptions {
  /**
   * Where a sign-in may go back to: `http://127.0.0.1/callback` and `http://[::1]/callback` (at any port), a scheme of the
   * app's own such as `com.example.app:/callback`, an https address that the app has claimed (RFC 8252 §7). Compared exactly.
   */
  readonly redirectUris: readonly [string, ...string[]];
  /** Where the session comes: `Authorization`, as `Bearer es1.…` (the default), or a name such as `X-Session`. */
  readonly header?: string;
  /** Paths where it is read, in the form of `publicPaths`; our own routes always read it. Default: everywhere. */
  readonly paths?: readonly string[];
  /**
   * Whether a page of ours asks before a program signs in, https addresses excepted (RFC 8252 §8.6). Default `true`; with
   * `false` any program on the device can sign in unseen where the provider asks nothing.
   */
  readonly confirm?: boolean;
}

/** Mobile and command-line clients of one configuration, for the option `nativeClients`. */
export interface NativeClients {
  /** @internal */
  connect(parts: NativeParts): NativeConnection;
}

/** What the composition root lends. */
export interface NativeParts {
  readonly session: SessionParts;
  /** Where sessions lie. */
  readonly places: Pick<RoomOptions, "store">;
  readonly byCookie: Sessions;
  readonly routePrefix: string;
  /** Every cookie that a session may come in. */
  readonly cookieNames: readonly string[];
}

export interface NativeConnection {
  /** By header or cookie, whichever comes. */
  readonly sessions: Sessions;
  readonly handOff: HandOff;
  readonly route: readonly [string, PartRoute];
  /** Whether the header brings a session, alone or beside a cookie: then nobody else is to look at it. */
  owns(request: Request): boolean;
}

/** Programs that sign in through the system's browser and send their session in a header. Throws `config_invalid`. */
export function nativeClients(options: NativeClientsOptions): NativeClients {
  refuseConfig(problemsOf(options));
  const { redirectUris, header: asked = DEFAULT_HEADER, paths, confirm = true } = options;
  const header = asked.toLowerCase() === DEFAULT_HEADER.toLowerCase() ? DEFAULT_HEADER : asked;
  return {
    connect({ session, places, byCookie, routePrefix, cookieNames }) {
      // What a person without a session does first is begin a sign-in of this kind.
      const { legacy: _, ...parts } = { ...session, loginPath: `${routePrefix}/handoff` };
      const cookie = { ...session.cookie, name: sealedAs(header) };
      const byHeader = createSessions({ ...parts, cookie }, { ...places, carrier: headerCarrier(header) });

      function isRead(request: Request): boolean {
        if (paths === undefined) return true;
        const path = canonicalPath(request.url);
        return path !== null && (path.startsWith(`${routePrefix}/`) || matchesPath(paths, path));
      }

      function kindOf(request: Request): CredentialKind {
        if (textIn(request, header) === null || !isRead(request)) return "cookie";
        const cookies = request.headers.get("Cookie");
        return cookieNames.some((name) => hasCookieName(cookies, name)) ? "both" : "header";
      }

      const { emit, loginPath } = session;
      return {
        sessions: nativeSessions({ header, byHeader, byCookie, loginPath, emit, kindOf }),
        handOff: { pass: passOn, fail: tellClient, isByHeader: (request) => kindOf(request) === "header" },
        route: [
          "/handoff",
          {
            methods: {
              GET: atSignIn((flow, request, background) =>
                beginHandOff(flow, { redirectUris, confirm }, request, background),
              ),
              POST: atSignIn((flow, request, background) =>
                redeem(flow, { redirectUris, sessions: byHeader }, request, background),
              ),
            },
            wall: "none",
          },
        ],
        owns: (request) => kindOf(request) !== "cookie",
      };
    },
  };
}

/** Where another host signs people in, the provider's answer would go there, and the sign-in wait here. */
function atSignIn(route: Route): Route {
  return (flow, request, background) =>
    flow.signOn?.isDestination(request)
      ? refuseAndTell(flow, "not_enabled", request, background)
      : route(flow, request, background);
}

const OPTIONS = ["redirectUris", "header", "paths", "confirm"];

function problemsOf(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`nativeClients` takes an object of options."];
  const { redirectUris, header, paths, confirm } = options;
  return [
    ...unknownOptions(options, OPTIONS, "nativeClients"),
    ...redirectUriProblems(redirectUris),
    // Others a page of another site could send without being asked (Fetch, "CORS-safelisted request-header").
    ...(header === undefined || (typeof header === "string" && /^(?:authorization|x-[\w-]{1,62})$/i.test(header))
      ? []
      : ["`header` must be `Authorization`, or a name that begins with `X-`."]),
    ...pathProblems(paths),
    ...(confirm === undefined || typeof confirm === "boolean" ? [] : ["`confirm` must be true or false."]),
  ];
}

function pathProblems(paths: unknown): readonly string[] {
  if (paths === undefined) return [];
  if (!Array.isArray(paths)) return ["`paths` must be a list of paths such as `/api/*`."];
  return paths.map(pathPatternProblem).filter((problem) => problem !== null);
}
