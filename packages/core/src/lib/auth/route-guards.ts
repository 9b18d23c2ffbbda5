import { isRecord } from "../base/json.js";
import type { ClockOption } from "../base/ports.js";
import { readClock } from "../base/runtime.js";
import { type Missing, missingFor, type Requirement, requirementProblems } from "../identity/requirement.js";
import { createRoutePattern, parametersOf, routePatternProblems } from "../policy/route-pattern.js";
import type { Authenticated, Machine } from "../session/request-auth.js";

/**
 * What each part of an app asks of a person, or of a program, beyond a session: `{ "/admin/*": { role: "admin" } }`. Every guard whose route
 * covers a path must be satisfied.
 */
export type RouteGuards = Readonly<Record<`/${string}`, Requirement>>;

export interface RouteGuard {
  /** True when a guard stands there: then nobody comes in without a session, on a public path neither. */
  covers(canonical: string): boolean;
  /** What this person lacks there; `null` when nothing. */
  missingAt(canonical: string, visitor: Authenticated | Machine): Missing | null;
}

export function createRouteGuard(guards: RouteGuards, clock: ClockOption): RouteGuard {
  const routes = Object.entries(guards).map(([route, requirement]) => ({
    pattern: createRoutePattern(route),
    requirement,
  }));

  /** Every guard that covers a path, with the parameters it found there. */
  function matching(canonical: string) {
    return readingsOf(canonical).flatMap((path) =>
      routes.flatMap(({ pattern, requirement }) => {
        const parameters = pattern.match(path);
        return parameters === null ? [] : [{ parameters, requirement }];
      }),
    );
  }

  return {
    covers: (canonical) => matching(canonical).length > 0,
    missingAt(canonical, visitor) {
      for (const { parameters, requirement } of matching(canonical)) {
        const circumstances = { now: readClock(clock), parameter: (name: string) => parameters.get(name) };
        const missing = missingFor(requirement, visitor, circumstances);
        if (missing !== null) return missing;
      }
      return null;
    },
  };
}

/** An app that decodes a URL before it parses it sees the end of the path in an encoded `?` or `#`. */
function readingsOf(canonical: string): readonly string[] {
  const end = canonical.search(/[?#]/);
  if (end === -1) return [canonical];
  const shorter = canonical.slice(0, end);
  return [canonical, shorter.length > 1 && shorter.endsWith("/") ? shorter.slice(0, -1) : shorter];
}

/** Everything wrong with the guards, in a sentence each. */
export function routeGuardProblems(guards: unknown): readonly string[] {
  if (!isRecord(guards)) return ['`guards` must be an object of routes, such as `{ "/admin/*": { role: "admin" } }`.'];
  return Object.entries(guards).flatMap(([route, requirement]) => [
    ...routePatternProblems(route),
    ...requirementProblems(`the guard of ${JSON.stringify(route)}`, requirement),
    ...parameterProblems(route, requirement),
  ]);
}

function parameterProblems(route: string, requirement: unknown): readonly string[] {
  const name = isRecord(requirement) ? requirement.organization : undefined;
  if (typeof name !== "string" || name === "" || parametersOf(route).includes(name)) return [];
  return [`The route ${JSON.stringify(route)} has no parameter \`:${name}\`, which its guard compares.`];
}
