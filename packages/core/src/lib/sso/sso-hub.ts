import { refuseConfig } from "../base/errors.js";
import { isRecord } from "../base/json.js";
import { functionProblems, unknownOptions } from "../base/option-checks.js";
import type { ClockOption } from "../base/ports.js";
import type { SignOn } from "../flow/sign-on.js";
import { authorize } from "./authorize.js";
import { type Destinations, destinationProblems, knowsDestination } from "./destinations.js";
import { AUTHORIZE } from "./question.js";
import { surroundingProblems } from "./surroundings.js";

export interface SsoHubOptions extends ClockOption {
  /** Which hosts get a session of their own. */
  readonly destinations: Destinations;
}

/**
 * The host where people sign in: it hands its session on to destinations. Throws `config_invalid` naming every destination
 * that is no origin.
 */
export function ssoHub(options: SsoHubOptions): SignOn {
  refuseConfig(problemsOf(options));
  const knows = knowsDestination(options.destinations, options);
  return {
    routes: new Map([
      [
        AUTHORIZE,
        {
          methods: { GET: (parts, request, background) => authorize(knows, parts, request, background) },
          wall: "same-origin",
        },
      ],
    ]),
    problems: surroundingProblems,
    isDestination: () => false,
    realmAt: (realm) => realm,
    login: () => null,
    ask: () => null,
  };
}

function problemsOf(options: unknown): readonly string[] {
  if (!isRecord(options)) return ["`ssoHub` takes an object of options."];
  return [
    ...unknownOptions(options, ["destinations", "now"], "ssoHub"),
    ...destinationProblems(options.destinations),
    ...functionProblems(options, ["now"]),
  ];
}
