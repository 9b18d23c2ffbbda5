import { isRecord } from "../base/json.js";
import { pathPatternProblem } from "../policy/path.js";
import { createRoutePattern } from "../policy/route-pattern.js";

/**
 * What a route takes for a credential. `header`: `Authorization: Bearer` alone. `either`: that or the session's cookie, and a
 * request with both is refused. `cookie`: the cookie alone, as everywhere that no route names.
 */
export type RouteMode = "header" | "either" | "cookie";

/** By route, which is a path such as `/api/upload` or everything below one, `/api/*`; of several the longest counts. */
export type RouteModes = Readonly<Record<`/${string}`, RouteMode>>;

/** Told from a path in its one form; `null`: it has none. */
export type ModeOf = (path: string | null) => RouteMode | "none";

const MODES: readonly unknown[] = ["header", "either", "cookie"] satisfies RouteMode[];

/**
 * As guards, and for the same reason: in either case, and `/api/*` covers `/api`, too. A router that does not care about case
 * would take the cookie on `/API/x` otherwise.
 */
export function createModeOf(routes: RouteModes): ModeOf {
  const known = Object.entries(routes)
    .map(([route, mode]) => ({
      mode,
      isExact: !route.endsWith("/*"),
      length: route.length,
      ...createRoutePattern(route),
    }))
    .sort((one, other) => Number(other.isExact) - Number(one.isExact) || other.length - one.length);
  // Behind a path that two servers may read as two different ones there may be a route without cookies.
  const whenUnclear = known.some(({ mode }) => mode === "header") ? "none" : "cookie";

  return (path) => (path === null ? whenUnclear : (known.find(({ match }) => match(path) !== null)?.mode ?? "cookie"));
}

/** Everything wrong with the routes, in a sentence each. */
export function routeModeProblems(routes: unknown): readonly string[] {
  const example = '`routes` must say where header tokens are read: `{ "/api/*": "header" }`.';
  if (!isRecord(routes) || Object.keys(routes).length === 0) return [example];
  const problems = Object.entries(routes).flatMap(([route, mode]) => {
    const shape = pathPatternProblem(route);
    return [
      ...(shape === null ? [] : [shape]),
      ...(route.includes("/:") ? [`The route ${JSON.stringify(route)} of \`routes\` cannot have parameters.`] : []),
      ...(MODES.includes(mode) ? [] : [`\`routes[${JSON.stringify(route)}]\` must be "header", "either" or "cookie".`]),
    ];
  });
  const isRead = Object.values(routes).some((mode) => mode === "header" || mode === "either");
  return problems.length > 0 || isRead ? problems : [example];
}
