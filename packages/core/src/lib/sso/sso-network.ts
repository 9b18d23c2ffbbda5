import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { functionProblems } from "../base/option-checks.js";
import type { Methods, PartRoute, PartRoutes, Route } from "../flow/flow-parts.js";
import { refuseAndTell } from "../flow/refuse-and-tell.js";
import type { SignOn } from "../flow/sign-on.js";
import { askHub } from "./ask-hub.js";
import { destinationProblems, knowsDestination } from "./destinations.js";
import { pathToAskAbout } from "./may-ask.js";
import {
  destinationOf,
  destinationOptionProblems,
  type SsoDestinationOptions,
  ssoDestination,
} from "./sso-destination.js";
import { type SsoHubOptions, ssoHub } from "./sso-hub.js";
import { destinationSurroundingProblems } from "./surroundings.js";

export interface SsoNetworkOptions extends SsoHubOptions, SsoDestinationOptions {}

/**
 * One Worker for all hosts: the hub on the origin `hub`, a destination on every other one. Throws `config_invalid` with every
 * problem.
 */
export function ssoNetwork(options: SsoNetworkOptions): SignOn {
  refuseConfig(problemsOf(options));
  const { hub, destinations, silent, now } = options;
  const here = ssoHub({ destinations, ...(now && { now }) });
  const there = ssoDestination({ hub, ...(silent && { silent }) });
  const destination = destinationOf(options);
  const knows = knowsDestination(destinations, options);
  const isDestination = (request: Request): boolean => new URL(request.url).origin !== hub;
  const at = (request: Request): SignOn => (isDestination(request) ? there : here);

  return {
    routes: new Map([...onlyWhere((request) => !isDestination(request), here), ...onlyWhere(isDestination, there)]),
    problems: destinationSurroundingProblems,
    isDestination,
    realmAt: (realm, request) => at(request).realmAt(realm, request),
    knowsHost: (request) => !isDestination(request) || knows(new URL(request.url).origin),
    login: (parts, request, login) => at(request).login(parts, request, login),
    ask(parts, request, path) {
      const returnTo = silent && isDestination(request) ? pathToAskAbout(silent, request, path) : null;
      if (returnTo === null) return null;
      return askIfKnown(request, () => askHub(destination, parts, request, returnTo));
    },
  };

  /** On a host that is registered nowhere, a preview's, the hub would show everybody that it does not know it. */
  async function askIfKnown(request: Request, ask: () => Promise<Response>): Promise<Response | null> {
    return (await knows(new URL(request.url).origin)) === true ? ask() : null;
  }
}

function onlyWhere(isHere: (request: Request) => boolean, { routes }: SignOn): PartRoutes {
  const guarded = (route: Route): Route => {
    return (parts, request, background) =>
      isHere(request) ? route(parts, request, background) : refuseAndTell(parts, "not_enabled", request, background);
  };
  return new Map(
    Array.from(routes, ([path, { methods, wall }]): readonly [string, PartRoute] => {
      const { GET } = methods satisfies Methods;
      return [path, { methods: GET ? { GET: guarded(GET) } : {}, wall }];
    }),
  );
}

function problemsOf(options: unknown): readonly string[] {
  const problems = destinationOptionProblems(options, "ssoNetwork", ["destinations", "now"]);
  if (!isRecord(options)) return problems;
  return [...problems, ...destinationProblems(options.destinations), ...functionProblems(options, ["now"])];
}
