import type { Background } from "../base/ports.js";
import type { LoginOptions } from "../provider/provider.js";
import type { FlowParts, PartRoutes } from "./flow-parts.js";

/** What it is to be part of: options of an auth, as they were given. */
export interface SignOnSurroundings {
  readonly ledger: unknown;
  readonly cookie: unknown;
  readonly store: unknown;
}

/**
 * One session on hosts of different sites: `ssoHub`, `ssoDestination` or `ssoNetwork` of `@edgeseal/core/sso`. On a host that
 * is a destination people are signed in by the hub.
 */
export interface SignOn {
  readonly routes: PartRoutes;
  /** Why it cannot work among these, in a sentence each. @internal */
  problems(surroundings: SignOnSurroundings): readonly string[];
  /** @internal */
  isDestination(request: Request): boolean;
  /** What the session cookie of this request's host is sealed for. @internal */
  realmAt(realm: string, request: Request): string;
  /** Whether this host still is one of them; `null`: nobody can say. Absent: it always is. @internal */
  knowsHost?(request: Request): boolean | null | Promise<boolean | null>;
  /** Sends whoever signs in on a destination to the hub; `null`: it is none. @internal */
  login(
    parts: FlowParts,
    request: Request,
    options: LoginOptions & { readonly returnTo: string },
  ): Promise<Response> | null;
  /** Asks the hub once about somebody without a session who opened a page of this path; `null`: they see the page. @internal */
  ask(
    parts: FlowParts,
    request: Request,
    path: string | null,
    background: Background | undefined,
  ): Promise<Response | null> | null;
}
