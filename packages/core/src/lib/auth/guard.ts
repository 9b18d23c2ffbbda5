import { refuseConfig } from "../base/errors.js";
import type { Background, ClockOption } from "../base/ports.js";
import { matchesPath, pathPatternProblem } from "../policy/path.js";
import type { Auth } from "./auth.js";
import { type Admission, meet } from "./meet.js";
import { createRouteGuard, type RouteGuards, routeGuardProblems } from "./route-guards.js";

export interface GuardOptions extends ClockOption {
  /** Everything else needs a session: `/health` alone, `/assets/*` everything below. Default: none. */
  readonly publicPaths?: readonly string[];
  /** Where programs (`state: "machine"`) come in, too, in the form of `publicPaths`. Default: nowhere, not even on public paths. */
  readonly machines?: readonly string[];
  /** What a session alone is not enough for. Default: nothing. */
  readonly guards?: RouteGuards;
}

/** Stands in front of a whole app, for adapters: no way in without a session but on public paths. */
export interface Guard {
  /** Without public paths every visitor who comes in is `authenticated`, or a `machine` where one may come. */
  admit(auth: Pick<Auth, typeof meet>, request: Request, background?: Background): Promise<Admission>;
}

/** Throws `config_invalid` naming every path that could not match, and every requirement that does not exist. */
export function createGuard(options: GuardOptions = {}): Guard {
  const { publicPaths = [], machines = [], guards = {}, now } = options;
  for (const [name, paths] of Object.entries({ publicPaths, machines })) {
    if (!Array.isArray(paths)) refuseConfig([`\`${name}\` must be a list of paths such as \`/health\`.`]);
  }
  refuseConfig([
    ...[...publicPaths, ...machines].map(pathPatternProblem).filter((problem) => problem !== null),
    ...routeGuardProblems(guards),
  ]);
  const everythingPublic = publicPaths.includes("/*");
  // Where nothing is guarded, no spelling of a path gets around a guard.
  const anyPath = everythingPublic && Object.keys(guards).length === 0;
  const routeGuard = createRouteGuard(guards, { ...(now && { now }) });

  return {
    async admit(auth, request, background) {
      const met = await auth[meet](request, { anyPath }, background);
      if ("answer" in met) return met;
      const { visitor, path } = met;
      if (visitor.state === "machine" && (path === null || !matchesPath(machines, path))) {
        return { answer: await met.finish(visitor.deny()) };
      }
      if (visitor.state === "anonymous" || visitor.state === "unavailable") {
        const isOpen = everythingPublic || (path !== null && matchesPath(publicPaths, path));
        if (isOpen && (path === null || !routeGuard.covers(path))) return met;
        return { answer: await met.finish(visitor.deny()) };
      }
      const missing = path === null ? null : routeGuard.missingAt(path, visitor);
      return missing === null ? met : { answer: await met.finish(visitor.deny(missing)) };
    },
  };
}
