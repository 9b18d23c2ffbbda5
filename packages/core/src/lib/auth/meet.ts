import type { Background, Emit } from "../base/ports.js";
import { refuse } from "../flow/answers.js";
import { refuseOtherOrganization } from "../flow/expected-organization.js";
import { canonicalPath } from "../policy/path.js";
import type { RequestAuth } from "../session/request-auth.js";

/**
 * Where every auth keeps its `Meet`, for adapters. A registered symbol: two copies of the package understand each other.
 */
export const meet: unique symbol = Symbol.for("edgeseal.meet");

/** What becomes of a request before an app's own code runs: it is answered already, or this visitor asks. */
export type Admission = { readonly answer: Response } | { readonly visitor: RequestAuth };

export interface MeetOptions {
  /** Also paths that two servers may read as two different ones. Default `false`: those are 400. */
  readonly anyPath?: boolean;
}

/**
 * All that stands in front of a whole app, in its order: the path can be read in one way, our routes and their wall, the
 * visitor, the organisation its page shows. Who may come in is for a guard to say.
 */
export type Meet = (request: Request, options?: MeetOptions, background?: Background) => Promise<Admission>;

export interface MeetParts {
  readonly emit: Emit;
  handler(request: Request, background?: Background): Promise<Response | null>;
  validateRequest(request: Request, background?: Background): Promise<RequestAuth>;
}

export function createMeet(parts: MeetParts): Meet {
  return async (request, { anyPath = false } = {}, background) => {
    // The request's own URL alone: forwarded and rewritten paths are headers anybody can write.
    if (!anyPath && canonicalPath(request.url) === null) {
      parts.emit({ type: "ambiguous_path" }, background);
      return { answer: refuse("ambiguous_path") };
    }
    const own = await parts.handler(request, background);
    if (own) return { answer: own };
    const visitor = await parts.validateRequest(request, background);
    if (visitor.state !== "authenticated") return { visitor };
    const changed = refuseOtherOrganization(parts, request, visitor, background);
    return changed ? { answer: changed } : { visitor };
  };
}
