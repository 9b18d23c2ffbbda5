import { pathPatternProblem } from "./path.js";

/** Where a guard stands: `/admin`, `/admin/*`, `/orgs/:org/projects`; a parameter is one whole segment. */
export interface RoutePattern {
  /** Values of the parameters when this canonical path is covered, else `null`. */
  match(canonical: string): ReadonlyMap<string, string> | null;
}

/**
 * For guards, which must rather cover too much than too little: letters match in either case, because an app's router may
 * not care about it, and `/admin/*` covers `/admin` itself, too.
 */
export function createRoutePattern(pattern: string): RoutePattern {
  const covers = pattern.endsWith("/*");
  const wanted = segmentsOf(covers ? pattern.slice(0, -2) : pattern);

  return {
    match(canonical) {
      const segments = segmentsOf(canonical);
      if (covers ? segments.length < wanted.length : segments.length !== wanted.length) return null;
      const parameters = new Map<string, string>();
      for (const [index, name] of wanted.entries()) {
        const segment = segments[index] ?? "";
        if (name.startsWith(":")) parameters.set(name.slice(1), segment);
        else if (name.toLowerCase() !== segment.toLowerCase()) return null;
      }
      return parameters;
    },
  };
}

/** Everything wrong with a pattern, in a sentence each. */
export function routePatternProblems(pattern: string): readonly string[] {
  const names = parametersOf(pattern);
  const shape = pathPatternProblem(names.reduce((path, name) => path.replace(`/:${name}`, "/x"), pattern));
  const wrong = names.filter((name, index) => !/^\w+$/.test(name) || names.indexOf(name) !== index);
  return [
    // Of the pattern as it was written, which may differ by its parameters from the one that was looked at.
    ...(shape === null
      ? []
      : [`The route ${JSON.stringify(pattern)} never matches: write a path such as \`/orgs/:org/*\`.`]),
    ...wrong.map(
      (name) => `The route ${JSON.stringify(pattern)} has a parameter that is no name of its own: \`:${name}\`.`,
    ),
  ];
}

/** Names of the parameters of a pattern, in their order. */
export function parametersOf(pattern: string): readonly string[] {
  return segmentsOf(pattern)
    .filter((segment) => segment.startsWith(":"))
    .map((segment) => segment.slice(1));
}

function segmentsOf(path: string): readonly string[] {
  return path === "/" ? [] : path.split("/").slice(1);
}
