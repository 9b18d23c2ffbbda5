import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { unknownOptions, wholeProblems } from "../base/option-checks.js";
import type { PartRoutes } from "../flow/flow-parts.js";
import type { SignOn } from "../flow/sign-on.js";
import { pathPatternProblem } from "../policy/path.js";
import { arrive } from "./arrive.js";
import { askHub, check, type Destination, signInAtHub, start } from "./ask-hub.js";
import { ASK_AGAIN_SECONDS } from "./asking-marks.js";
import { isOriginForm } from "./destinations.js";
import { pathToAskAbout, type SilentSignOn } from "./may-ask.js";
import { CALLBACK } from "./question.js";
import { destinationSurroundingProblems } from "./surroundings.js";

export interface SsoDestinationOptions {
  /** Origin of the hub: `https://id.example.com`. Its `routePrefix` is the same as here. */
  readonly hub: string;
  /**
   * Pages on which a visitor without a session is sent to the hub once, and comes back signed in if they are signed in there.
   * Default: none; `/sso/start` and `/sso/check` do it from a link or from script.
   */
  readonly silent?: SilentSignOn;
}

/** A host of another site, where people are signed in by the hub. Throws `config_invalid` with every problem. */
export function ssoDestination(options: SsoDestinationOptions): SignOn {
  refuseConfig(destinationOptionProblems(options, "ssoDestination", []));
  const { silent } = options;
  const destination = destinationOf(options);
  return {
    routes: destinationRoutes(destination),
    problems: destinationSurroundingProblems,
    isDestination: () => true,
    realmAt: destination.realmOf,
    login: (parts, request, login) => signInAtHub(destination, parts, request, login),
    ask(parts, request, path) {
      const returnTo = silent ? pathToAskAbout(silent, request, path) : null;
      return returnTo === null ? null : askHub(destination, parts, request, returnTo);
    },
  };
}

export function destinationOf({ hub, silent }: SsoDestinationOptions): Destination {
  return { hub, realmOf: realmOfHost, askAgainSeconds: silent?.askAgainSeconds ?? ASK_AGAIN_SECONDS };
}

/**
 * Of the host alone: whoever gets hold of the cookies of one, because a domain now leads elsewhere, opens no other with them.
 * A realm has no line break in it, and an origin has none either.
 */
export function realmOfHost(realm: string, request: Request): string {
  return `${realm}\n${new URL(request.url).origin}`;
}

export function destinationRoutes(destination: Destination): PartRoutes {
  const wall = "same-origin";
  return new Map([
    [
      "/sso/start",
      { methods: { GET: (parts, request, background) => start(destination, parts, request, background) }, wall },
    ],
    [
      CALLBACK,
      { methods: { GET: (parts, request, background) => arrive(destination, parts, request, background) }, wall },
    ],
    ["/sso/check", { methods: { GET: check }, wall }],
  ]);
}

/** `more`: options beside those of a destination. */
export function destinationOptionProblems(options: unknown, where: string, more: readonly string[]): readonly string[] {
  if (!isRecord(options)) return [`\`${where}\` takes an object of options.`];
  const { hub, silent } = options;
  const isHub = typeof hub === "string" && isOriginForm(hub);
  return [
    ...unknownOptions(options, ["hub", "silent", ...more], where),
    ...(isHub
      ? []
      : [
          "`hub` must be an origin such as `https://id.example.com`, without path and slash (http on a loopback host).",
        ]),
    ...silentProblems(silent),
  ];
}

function silentProblems(silent: unknown): readonly string[] {
  if (silent === undefined) return [];
  if (!isRecord(silent)) return ['`silent` must be an object such as `{ paths: ["/*"] }`.'];
  const { paths, except = [], askAgainSeconds } = silent;
  const isList = Array.isArray(paths) && Array.isArray(except);
  return [
    ...unknownOptions(silent, ["paths", "except", "askAgainSeconds"], "silent"),
    ...(isList ? [] : ["`silent.paths` and `silent.except` must be lists of paths such as `/blog/*`."]),
    ...(isList ? [...paths, ...except].map(pathPatternProblem).filter((problem) => problem !== null) : []),
    ...wholeProblems("silent.askAgainSeconds", askAgainSeconds, [60, 86_400]),
  ];
}
