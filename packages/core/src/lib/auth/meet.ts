import { failureAnswer } from "../base/failure-answer.js";
import type { Background, Emit } from "../base/ports.js";
import { refuseOtherOrganization } from "../flow/expected-organization.js";
import { canonicalPath } from "../policy/path.js";
import type { Machine, RequestAuth } from "../session/request-auth.js";
import type { Gate } from "./gate.js";

/**
 * Where every auth keeps its `Meet`, for adapters. A registered symbol: two copies of the package understand each other.
 */
export const meet: unique symbol = Symbol.for("edgeseal.meet");

/** What becomes of a request before an app's own code runs: it is answered already, or this visitor asks. */
export type Admission = { readonly answer: Response } | Admitted;

export interface Admitted {
  readonly visitor: RequestAuth | Machine;
  /** In its one form; `null`: there is none, and `anyPath` let it through. */
  readonly path: string | null;
  /** The app's answer with all that belongs on it: a renewed session, and the headers of the policies. */
  finish(response: Response): Promise<Response>;
}

export interface MeetOptions {
  /** Also paths that two servers may read as two different ones, unless limits count by path. Default `false`: 400. */
  readonly anyPath?: boolean;
}

/**
 * All that stands in front of a whole app, in its order: the path can be read in one way, preflights and limits, our routes
 * and their wall, other origins, the visitor, the organisation its page shows. Who may come in is for a guard to say.
 */
export type Meet = (request: Request, options?: MeetOptions, background?: Background) => Promise<Admission>;

export interface MeetParts {
  readonly emit: Emit;
  readonly gate: Gate;
  /** Answers our routes, and refuses sockets of other sites; `null` for a path that is not ours. */
  answerOwn(request: Request, path: string | null, background?: Background): Promise<Response | null>;
  validateRequest(request: Request, background?: Background): Promise<RequestAuth | Machine>;
  /** For somebody without a session: another host may know them. `null`: they are met as they are. */
  askElsewhere?(
    request: Request,
    path: string | null,
    background: Background | undefined,
  ): Promise<Response | null> | null;
}

export function createMeet(parts: MeetParts): Meet {
  const { gate, emit } = parts;

  return async (request, { anyPath = false } = {}, background) => {
    // The request's own URL alone: forwarded and rewritten paths are headers anybody can write.
    const path = canonicalPath(request.url);
    if (path === null && (!anyPath || gate.looksAtPaths)) {
      emit({ type: "ambiguous_path" }, background, request);
      return { answer: await gate.share(request, failureAnswer("ambiguous_path")) };
    }
    const early = await gate.open(request, path, background);
    if (early) return { answer: early };
    const own = await parts.answerOwn(request, path, background);
    if (own) return { answer: await gate.share(request, own) };
    const foreign = await gate.checkOrigin(request, background);
    if (foreign) return { answer: foreign };
    const visitor = await parts.validateRequest(request, background);
    const away = visitor.state === "anonymous" ? await parts.askElsewhere?.(request, path, background) : null;
    if (away) return { answer: await gate.share(request, visitor.apply(away)) };
    const isKnown = visitor.state === "authenticated" || visitor.state === "machine";
    const changed = isKnown ? refuseOtherOrganization(parts, request, visitor, background) : null;
    if (changed) return { answer: await gate.share(request, changed) };
    return {
      visitor,
      path,
      finish: (response) => gate.share(request, gate.harden(visitor.apply(response))),
    };
  };
}
