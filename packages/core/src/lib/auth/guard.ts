import { refuseConfig } from "../base/errors.js";
import type { Background } from "../base/ports.js";
import { canonicalPath, matchesPath, pathPatternProblem } from "../policy/path.js";
import type { Auth } from "./auth.js";
import { type Admission, meet } from "./meet.js";

export interface GuardOptions {
  /** Everything else needs a session: `/health` alone, `/assets/*` everything below. Default: none. */
  readonly publicPaths?: readonly string[];
}

/** Stands in front of a whole app, for adapters: no way in without a session but on public paths. */
export interface Guard {
  /** Without public paths every visitor who comes in is `authenticated`. */
  admit(auth: Pick<Auth, typeof meet>, request: Request, background?: Background): Promise<Admission>;
}

/** Throws `config_invalid` naming every path that could not match. */
export function createGuard(options: GuardOptions = {}): Guard {
  const { publicPaths = [] } = options;
  if (!Array.isArray(publicPaths)) refuseConfig(["`publicPaths` must be a list of paths such as `/health`."]);
  refuseConfig(publicPaths.map(pathPatternProblem).filter((problem) => problem !== null));
  // Where nothing is guarded, no spelling of a path gets around a guard.
  const everythingPublic = publicPaths.includes("/*");

  function isPublic(url: string): boolean {
    const path = canonicalPath(url);
    return everythingPublic || (path !== null && matchesPath(publicPaths, path));
  }

  return {
    async admit(auth, request, background) {
      const met = await auth[meet](request, { anyPath: everythingPublic }, background);
      if ("answer" in met || met.visitor.state === "authenticated" || isPublic(request.url)) return met;
      return { answer: met.visitor.deny() };
    },
  };
}
